//! Rows on their way to a file or to standard output, in the form that was asked for.
//!
//! ```text
//! place    the file or the terminal
//! spool    rows wait on disk until it is known what their columns are
//! columns  Parquet, and Arrow's IPC format
//! ```

mod columns;
mod place;
mod spool;

use std::io::{IsTerminal, stdout};
use std::path::Path;

use daemoneye_bus::control::Cell;

use crate::args::Format;
use crate::exit::Failure;
use crate::render::{self, HuntEnd};
use crate::terminal::Look;
use place::Place;
use spool::Spool;

/// Values of one row; nothing for NULL.
pub(crate) type Row = Vec<Option<Cell>>;

/// Where rows go. Lines and records are written as they come. A table or a document is one thing and
/// waits for the last of them; columns wait to be told what they are.
pub(crate) struct Sheet {
    format: Format,
    look: Look,
    place: Place,
    labels: Vec<String>,
    waiting: Waiting,
    has_begun: bool,
}

/// Rows that cannot be written yet.
enum Waiting {
    Here(Vec<Row>),
    OnDisk(Spool),
}

/// Whether there is a place for such an answer, before an agent is asked.
pub(crate) fn check(format: Format, file: Option<&Path>) -> Result<(), Failure> {
    if format.is_binary() && file.is_none() && stdout().is_terminal() {
        return Err(Failure::Binary(format));
    }
    Ok(())
}

impl Sheet {
    /// A new file for its owner only, or standard output.
    pub(crate) fn open(format: Format, file: Option<&Path>, look: &Look) -> Result<Self, Failure> {
        let waiting = if format.is_binary() {
            Waiting::OnDisk(Spool::new().map_err(Failure::Spool)?)
        } else {
            Waiting::Here(Vec::new())
        };
        let (look, place) = (look.clone(), Place::open(file)?);
        Ok(Sheet { format, look, place, labels: Vec::new(), waiting, has_begun: false })
    }

    /// Some more rows; no columns are known before there is an answer.
    pub(crate) fn page(&mut self, labels: &[String], rows: Vec<Row>) -> Result<(), Failure> {
        if labels.is_empty() {
            return Ok(());
        }
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        if is_first {
            self.labels = labels.to_vec();
        }
        match (self.format, &mut self.waiting) {
            (Format::Jsonl, _) => self.place.write(&render::json_lines(&self.labels, &rows)),
            (Format::Csv, _) => {
                let heading = is_first.then_some(self.labels.as_slice());
                self.place.write(&render::csv(heading, &rows, self.place.is_terminal))
            }
            (_, Waiting::Here(waiting)) => {
                waiting.extend(rows);
                Ok(())
            }
            (_, Waiting::OnDisk(spool)) => {
                spool.push(self.labels.len(), &rows).map_err(Failure::Spool)
            }
        }
    }

    /// Everything has come.
    pub(crate) fn end(mut self, end: &HuntEnd) -> Result<(), Failure> {
        match self.waiting {
            Waiting::OnDisk(spool) => {
                let write = match self.format {
                    Format::Parquet => columns::parquet,
                    _ => columns::arrow,
                };
                let written = write(&mut self.place.writer, &self.labels, spool, end);
                self.place.checked(written)?;
            }
            Waiting::Here(rows) => {
                let text = whole(self.format, &self.labels, &rows, end, &self.look);
                self.place.write(text.as_bytes())?;
            }
        }
        self.place.flush()
    }
}

/// What is written when everything is there.
fn whole(format: Format, labels: &[String], rows: &[Row], end: &HuntEnd, look: &Look) -> String {
    match format {
        Format::Table => render::rows(labels, rows, end, look),
        Format::Json => render::document(&render::Document::new(labels, rows, end)),
        Format::Jsonl | Format::Csv | Format::Parquet | Format::Arrow => String::new(),
    }
}
