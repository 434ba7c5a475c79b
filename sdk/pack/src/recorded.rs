//! Recorded events, one JSON object per line, in batches.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use daemoneye_bus::event::{Batch, BatchBuilder};
use daemoneye_host::replay::{Schema, SchemaError};

/// A file of events.
pub(crate) struct Recorded<R> {
    name: PathBuf,
    reader: R,
    /// Of the line that was read last, from 1.
    line: u64,
    rows: usize,
    /// Bytes that were read, and that the file has, as far as that is known.
    bytes: (u64, u64),
}

/// Some events, and the line of each, from 1.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) batch: Batch,
    pub(crate) lines: Vec<u64>,
}

/// Why there are no events.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum RecordedError {
    #[error("{}: {source}", name.display())]
    Open { name: PathBuf, source: io::Error },
    #[error("{}: line {line}: {source}", name.display())]
    Read { name: PathBuf, line: u64, source: io::Error },
    #[error("{}: line {line}: {source}", name.display())]
    Malformed { name: PathBuf, line: u64, source: SchemaError },
    #[error("{}: no events", .0.display())]
    Empty(PathBuf),
}

/// The events of a file, so many in a batch.
pub(crate) fn open(path: &Path, rows: usize) -> Result<Recorded<BufReader<File>>, RecordedError> {
    let file = File::open(path);
    let file = file.map_err(|source| RecordedError::Open { name: path.to_owned(), source })?;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    Ok(Recorded { bytes: (0, size), ..of(path, BufReader::new(file), rows) })
}

/// The events of a reader that errors call by this name.
pub(crate) fn of<R: BufRead>(name: &Path, reader: R, rows: usize) -> Recorded<R> {
    Recorded { name: name.to_owned(), reader, line: 0, rows, bytes: (0, 0) }
}

impl<R: BufRead> Recorded<R> {
    /// Bytes that were read, and that the file has; none where that is not known.
    pub(crate) fn bytes(&self) -> (u64, u64) {
        self.bytes
    }

    /// The next events. A line that is none is an error: what it would have shown is not known.
    fn part(&mut self) -> Result<Option<Part>, RecordedError> {
        let (mut builder, mut lines, mut text) = (BatchBuilder::default(), Vec::new(), Vec::new());
        while lines.len() < self.rows && !builder.is_full() {
            text.clear();
            self.line += 1;
            let (name, line) = (|| self.name.clone(), self.line);
            let read = self.reader.read_until(b'\n', &mut text);
            let read = read.map_err(|source| RecordedError::Read { name: name(), line, source })?;
            if read == 0 {
                break;
            }
            self.bytes.0 += read as u64;
            let event = Schema::Daemoneye.event(&text);
            let malformed = |source| RecordedError::Malformed { name: name(), line, source };
            if let Some(event) = event.map_err(malformed)? {
                builder.push(&event);
                lines.push(line);
            }
        }
        Ok(builder.finish().map(|batch| Part { batch, lines }))
    }
}

impl<R: BufRead> Iterator for Recorded<R> {
    type Item = Result<Part, RecordedError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.part().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, rows: usize) -> Result<Vec<Vec<u64>>, String> {
        let parts = of(Path::new("e.jsonl"), text.as_bytes(), rows);
        parts.map(|part| part.map(|part| part.lines).map_err(|e| e.to_string())).collect()
    }

    #[test]
    fn events_come_in_batches_with_their_lines_and_blank_lines_are_none() {
        let text = "{\"pid\": 1}\n\n{\"pid\": 2}\n{\"pid\": 3}";
        assert_eq!(lines(text, 2), Ok(vec![vec![1, 3], vec![4]]));
        assert_eq!(lines(text, 1_024), Ok(vec![vec![1, 3, 4]]));
        assert_eq!(lines("", 2), Ok(vec![]));
    }

    #[test]
    fn a_line_that_is_no_event_is_named() {
        let error = lines("{\"pid\": 1}\nnothing\n", 1).expect_err("no event");
        assert!(error.starts_with("e.jsonl: line 2: "), "{error}");
    }
}
