//! From files to a corpus.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Corpus, Recorded, Rule};

/// Why there is no corpus.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A file that cannot be read.
    #[error("corpus {path:?}: {cause}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// A line that is not what the file is made of.
    #[error("corpus {path:?} line {line}: {cause}")]
    Line {
        /// Of which file.
        path: PathBuf,
        /// From 0.
        line: usize,
        /// What is wrong with it.
        cause: serde_json::Error,
    },
    /// An event that is no JSON object.
    #[error("event {line}: {cause}")]
    Event {
        /// From 0.
        line: usize,
        /// What is wrong with it.
        cause: serde_json::Error,
    },
}

#[derive(Deserialize)]
struct Verdict {
    rule: String,
    events: Vec<usize>,
}

/// What of an event is not the event's own.
#[derive(Deserialize)]
struct Provenance {
    product: String,
}

impl Corpus {
    /// Reads files of one JSON object per line. Lines are numbered from 0, as verdicts name them.
    ///
    /// # Errors
    /// If a file cannot be read or a line is not of its format.
    pub fn read(rules: &Path, events: &Path, verdicts: Option<&Path>) -> Result<Self, ReadError> {
        let rules = lines::<Rule>(rules)?.into_iter().map(|(_, _, rule)| rule).collect();
        let recorded = |(line, text, Provenance { product })| Recorded { line, text, product };
        let events = lines(events)?.into_iter().map(recorded).collect();
        let verdicts = verdicts.map(lines::<Verdict>).transpose()?.map(by_rule);
        Ok(Corpus { rules, events, verdicts })
    }
}

fn by_rule(lines: Vec<(usize, String, Verdict)>) -> HashMap<String, Vec<usize>> {
    lines.into_iter().map(|(_, _, verdict)| (verdict.rule, verdict.events)).collect()
}

fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<(usize, String, T)>, ReadError> {
    let file = |cause| ReadError::File { path: path.to_owned(), cause };
    let text = std::fs::read_to_string(path).map_err(file)?;
    let parse = |(line, text): (usize, &str)| match serde_json::from_str(text) {
        Ok(parsed) => Ok((line, text.to_owned(), parsed)),
        Err(cause) => Err(ReadError::Line { path: path.to_owned(), line, cause }),
    };
    text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()).map(parse).collect()
}
