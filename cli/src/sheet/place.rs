//! The file or the terminal that an answer goes to.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Write, stdout};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// Where bytes go, and what it is called if it fails.
pub(super) struct Place {
    file: Option<PathBuf>,
    pub(super) writer: Box<dyn Write + Send>,
    pub(super) is_terminal: bool,
}

impl Place {
    /// A new file for its owner only, or standard output.
    pub(super) fn open(file: Option<&Path>) -> Result<Self, Failure> {
        let Some(file) = file else {
            let writer = Box::new(io::BufWriter::new(stdout()));
            return Ok(Place { file: None, writer, is_terminal: stdout().is_terminal() });
        };
        let opened =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file);
        let opened = opened.map_err(|error| Failure::File(file.to_owned(), error))?;
        let writer = Box::new(io::BufWriter::new(opened));
        Ok(Place { file: Some(file.to_owned()), writer, is_terminal: false })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.writer.write_all(bytes);
        self.checked(written)
    }

    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        let flushed = self.writer.flush();
        self.checked(flushed)
    }

    /// The same, and if it failed, where.
    pub(super) fn checked(&self, done: io::Result<()>) -> Result<(), Failure> {
        done.map_err(|error| match &self.file {
            Some(file) => Failure::File(file.clone(), error),
            None => Failure::Output(error),
        })
    }
}
