//! Rows on their way to a file or to standard output, in the form that was asked for.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Write, stdout};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use daemoneye_bus::control::Cell;

use crate::args::Format;
use crate::exit::Failure;
use crate::render::{self, HuntEnd};
use crate::terminal::Look;

/// Values of one row; nothing for NULL.
pub(crate) type Row = Vec<Option<Cell>>;

/// Where rows go. Lines and records are written as they come; a table or a document is one thing and
/// waits for the last of them.
pub(crate) struct Sheet {
    format: Format,
    look: Look,
    place: Place,
    columns: Vec<String>,
    waiting: Vec<Row>,
    has_begun: bool,
}

/// The file or the terminal.
struct Place {
    file: Option<PathBuf>,
    writer: Box<dyn Write>,
    is_terminal: bool,
}

impl Sheet {
    /// A new file for its owner only, or standard output.
    pub(crate) fn open(format: Format, file: Option<&Path>, look: &Look) -> Result<Self, Failure> {
        let place = match file {
            Some(file) => Place::file(file)?,
            None => Place {
                file: None,
                writer: Box::new(io::BufWriter::new(stdout())),
                is_terminal: stdout().is_terminal(),
            },
        };
        let (look, columns, waiting) = (look.clone(), Vec::new(), Vec::new());
        Ok(Sheet { format, look, place, columns, waiting, has_begun: false })
    }

    /// Some more rows; no columns are known before there is an answer.
    pub(crate) fn page(&mut self, columns: &[String], rows: Vec<Row>) -> Result<(), Failure> {
        if columns.is_empty() {
            return Ok(());
        }
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        if is_first {
            self.columns = columns.to_vec();
        }
        let text = match self.format {
            Format::Table | Format::Json => {
                self.waiting.extend(rows);
                return Ok(());
            }
            Format::Jsonl => render::json_lines(&self.columns, &rows),
            Format::Csv => {
                let heading = is_first.then_some(self.columns.as_slice());
                render::csv(heading, &rows, self.place.is_terminal)
            }
        };
        self.place.write(&text)
    }

    /// Everything has come.
    pub(crate) fn end(&mut self, end: &HuntEnd) -> Result<(), Failure> {
        match self.format {
            Format::Table => {
                let text = render::rows(&self.columns, &self.waiting, end, &self.look);
                self.place.write(text.as_bytes())?;
            }
            Format::Json => {
                let document = render::Document::new(&self.columns, &self.waiting, end);
                self.place.write(render::document(&document).as_bytes())?;
            }
            Format::Jsonl | Format::Csv => {}
        }
        self.place.flush()
    }

    /// Whether the form has room for what is to be said about the answer.
    pub(crate) fn tells_the_end(&self) -> bool {
        matches!(self.format, Format::Table | Format::Json)
    }
}

impl Place {
    fn file(file: &Path) -> Result<Self, Failure> {
        let opened =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file);
        let opened = opened.map_err(|error| Failure::File(file.to_owned(), error))?;
        let writer = Box::new(io::BufWriter::new(opened));
        Ok(Place { file: Some(file.to_owned()), writer, is_terminal: false })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.writer.write_all(bytes);
        self.checked(written)
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let flushed = self.writer.flush();
        self.checked(flushed)
    }

    fn checked(&self, done: io::Result<()>) -> Result<(), Failure> {
        done.map_err(|error| match &self.file {
            Some(file) => Failure::File(file.clone(), error),
            None => Failure::Output(error),
        })
    }
}
