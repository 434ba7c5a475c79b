//! Rows as columns of Apache Arrow, and files of these: Parquet, or Arrow's own.
//!
//! What the answer says of itself stands in the schema, as `daemoneye.complete` and others of the
//! names below: readers of either format show it.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, NullArray, RecordBatch, StringArray};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use daemoneye_bus::control::Cell;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::Row;
use super::spool::{Kind, Spool};
use crate::render::{self, HuntEnd};

/// Rows and bytes of a row group of Parquet: what is kept in memory before it is written.
const GROUP_ROWS: usize = 100_000;
const GROUP_BYTES: usize = 64 << 20;

/// Columns with names, what they are, and what is said of them all.
pub(super) struct Sheets {
    schema: SchemaRef,
    kinds: Vec<Kind>,
    about: Vec<(String, String)>,
}

/// Writes all rows as Parquet.
pub(super) fn parquet(
    writer: &mut (dyn Write + Send),
    labels: &[String],
    spool: Spool,
    end: &HuntEnd,
) -> io::Result<()> {
    let (kinds, pages) = spool.read()?;
    let sheets = Sheets::new(labels, kinds, end);
    let properties = sheets.properties();
    let mut file = ArrowWriter::try_new(writer, Arc::clone(&sheets.schema), Some(properties))
        .map_err(of_parquet)?;
    for page in pages {
        file.write(&sheets.batch(&page?)?).map_err(of_parquet)?;
    }
    file.close().map(|_metadata| ()).map_err(of_parquet)
}

/// Writes all rows as a file of Arrow's IPC format.
pub(super) fn arrow(
    writer: &mut (dyn Write + Send),
    labels: &[String],
    spool: Spool,
    end: &HuntEnd,
) -> io::Result<()> {
    let (kinds, pages) = spool.read()?;
    let sheets = Sheets::new(labels, kinds, end);
    let mut file = FileWriter::try_new(writer, &sheets.schema).map_err(of_arrow)?;
    for page in pages {
        file.write(&sheets.batch(&page?)?).map_err(of_arrow)?;
    }
    file.finish().map_err(of_arrow)
}

impl Sheets {
    fn new(labels: &[String], kinds: Vec<Kind>, end: &HuntEnd) -> Self {
        let fields = render::distinct(labels).into_iter().zip(&kinds);
        let fields: Vec<Field> =
            fields.map(|(label, kind)| Field::new(label, data_type(*kind), true)).collect();
        let about = about(end);
        let metadata: HashMap<String, String> = about.iter().cloned().collect();
        Sheets { schema: Arc::new(Schema::new_with_metadata(fields, metadata)), kinds, about }
    }

    fn properties(&self) -> WriterProperties {
        let pairs = self.about.iter().cloned();
        let pairs = pairs.map(|(key, value)| KeyValue::new(key, value)).collect();
        WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("daemoneye ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_max_row_group_bytes(Some(GROUP_BYTES))
            .set_key_value_metadata(Some(pairs))
            .build()
    }

    /// Some rows as columns.
    fn batch(&self, rows: &[Row]) -> io::Result<RecordBatch> {
        let columns = self.kinds.iter().enumerate();
        let columns = columns.map(|(index, kind)| column(*kind, index, rows)).collect();
        RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(of_arrow)
    }
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Null => DataType::Null,
        Kind::Whole => DataType::Int64,
        Kind::Number => DataType::Float64,
        Kind::Text => DataType::Utf8,
    }
}

/// The values of one column. A page has come in one frame, so its texts are far from 2 GiB.
fn column(kind: Kind, index: usize, rows: &[Row]) -> ArrayRef {
    let cells = rows.iter().map(|row| row.get(index).and_then(Option::as_ref));
    match kind {
        Kind::Null => Arc::new(NullArray::new(rows.len())),
        Kind::Whole => Arc::new(cells.map(|cell| whole(cell?)).collect::<Int64Array>()),
        Kind::Number => Arc::new(cells.map(|cell| number(cell?)).collect::<Float64Array>()),
        Kind::Text => {
            Arc::new(cells.map(|cell| cell.map(render::spelled)).collect::<StringArray>())
        }
    }
}

fn whole(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Integer(number) => Some(*number),
        Cell::Float(_) | Cell::Text(_) => None,
    }
}

/// Exactly: a column with numbers that no float is is text.
fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Integer(number) => Some(*number as f64),
        Cell::Float(number) => Some(*number),
        Cell::Text(_) => None,
    }
}

/// What the answer says of itself. `degraded` is a list as JSON.
fn about(HuntEnd { scanned, end }: &HuntEnd) -> Vec<(String, String)> {
    let said = [
        ("complete", end.degraded.is_empty().to_string()),
        ("degraded", render::line(&end.degraded)),
        ("more", end.more.to_string()),
        ("matched", end.matched.to_string()),
        ("scanned", scanned.to_string()),
    ];
    said.map(|(key, value)| (format!("daemoneye.{key}"), value)).to_vec()
}

/// What a disk or a reader has refused is told as that.
fn of_parquet(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => *cause,
            Err(cause) => io::Error::other(cause),
        },
        other => io::Error::other(other),
    }
}

fn of_arrow(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, cause) => cause,
        other => io::Error::other(other),
    }
}
