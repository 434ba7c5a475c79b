//! How answers are written.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// For people: fits the terminal, long texts are cut, control characters are spelled out
    Table,
    /// For programs: one complete document, or one line per alert or message with --follow and tail
    Json,
    /// For programs, of `query`: each row as an object on a line of its own
    Jsonl,
    /// For programs, of `query`: RFC 4180
    Csv,
    /// For programs, of `query`: a file of Apache Parquet, for DuckDB, pandas and their like
    Parquet,
    /// For programs, of `query`: a file of Apache Arrow's IPC format, also called Feather
    Arrow,
}

impl Format {
    /// Whether it has room for rows, and for nothing that is said about them.
    pub(crate) fn is_of_rows(self) -> bool {
        !matches!(self, Format::Table | Format::Json)
    }

    /// Whether it is bytes that no terminal should get.
    pub(crate) fn is_binary(self) -> bool {
        matches!(self, Format::Parquet | Format::Arrow)
    }
}
