//! What is wrong with a ledger, by name. Reads only.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::PathBuf;

use crate::book::{Book, Flaw};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::folder::{Folder, FolderError};
use crate::note::Verifier;
use crate::tree::Hash;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// A line.
    #[error(transparent)]
    Entry(#[from] Flaw),
    /// A checkpoint that this ledger's key did not sign.
    #[error("checkpoint {number} {cause}: forged")]
    Forged {
        /// How many checkpoints are before it.
        number: usize,
        /// Why it is not believed.
        cause: CheckpointError,
    },
    /// A checkpoint that was kept elsewhere and is none of this ledger.
    #[error("kept checkpoint {number} {cause}: forged, or of another ledger")]
    Kept {
        /// How many kept checkpoints are before it.
        number: usize,
        /// Why it is not believed.
        cause: CheckpointError,
    },
    /// The end of the file of checkpoints is none.
    #[error("the file of checkpoints is torn: {0} bytes at its end are none")]
    TornCheckpoint(u64),
    /// There were more entries when a checkpoint was signed.
    #[error("{size} entries were signed and {entries} are there: truncated")]
    Truncated {
        /// How many were signed.
        size: u64,
        /// How many there are.
        entries: u64,
    },
    /// The entries are not those that were signed.
    #[error("the first {size} entries are not those that were signed: rewritten")]
    Rewritten {
        /// How many were signed.
        size: u64,
    },
    /// Checkpoints count up.
    #[error("checkpoint {number} has fewer entries than the one before: reordered or inserted")]
    Backwards {
        /// How many checkpoints are before it.
        number: usize,
    },
    /// Entries that nobody has signed though the writer always does.
    #[error("{entries} entries and no checkpoint: the checkpoints are removed")]
    Unsigned {
        /// How many there are.
        entries: u64,
    },
    /// The writer found damage once and has put the files aside.
    #[error("{0} was put aside because it was damaged: keep it, find out why, then move it away")]
    Aside(String),
}

/// What there is and what is wrong with it.
#[derive(Debug, Clone)]
pub struct Audit {
    /// Which ledger.
    pub origin: String,
    /// What the lines say.
    pub book: Book,
    /// The checkpoints that are believed, the newest last.
    pub checkpoints: Vec<Checkpoint>,
    /// The note of the newest of them.
    pub newest: Option<String>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// Reads a whole ledger. Checkpoints are believed that this key has signed; `more` are notes that
/// were kept elsewhere.
///
/// # Errors
/// If a file cannot be read. A file of entries that is not there is an empty one.
pub fn audit(folder: &Folder, verifier: &Verifier, more: &[String]) -> Result<Audit, FolderError> {
    let mut signed = Signed::read(folder, verifier, more)?;
    let mut book = Book::new(verifier.name());
    let mut roots = HashSet::from([(0, book.tree.root())]);
    let all = [signed.checkpoints.clone(), std::mem::take(&mut signed.kept)].concat();
    let sizes: HashSet<u64> = all.iter().map(|one| one.size).collect();
    let path = folder.entries();
    let each = |book: &Book, _line: &[u8]| {
        if sizes.contains(&book.tree.size()) {
            roots.insert((book.tree.size(), book.tree.root()));
        }
    };
    let flaws = match File::open(&path) {
        Ok(file) => book.read(BufReader::new(file), each),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    let flaws = flaws.map_err(|cause| FolderError::Io { path, cause })?;
    let mut findings: Vec<Finding> = flaws.into_iter().map(Finding::from).collect();
    findings.append(&mut signed.findings);
    findings.extend(compare(&all, &roots, book.tree.size()));
    findings.extend(folder.aside()?.into_iter().map(Finding::Aside));
    let Signed { checkpoints, newest, .. } = signed;
    Ok(Audit { origin: verifier.name().to_owned(), book, checkpoints, newest, findings })
}

/// What was signed, against what is there.
fn compare(checkpoints: &[Checkpoint], roots: &HashSet<(u64, Hash)>, entries: u64) -> Vec<Finding> {
    let mut findings = Vec::new();
    let largest = checkpoints.iter().map(|one| one.size).max();
    match largest {
        Some(size) if size > entries => findings.push(Finding::Truncated { size, entries }),
        None if entries > 0 => findings.push(Finding::Unsigned { entries }),
        _ => {}
    }
    let differs = |one: &&Checkpoint| one.size <= entries && !roots.contains(&(one.size, one.root));
    // The first one says how far back it goes; all later ones differ, too.
    let rewritten = checkpoints.iter().filter(differs).map(|one| one.size).min();
    findings.extend(rewritten.map(|size| Finding::Rewritten { size }));
    findings
}

/// The checkpoints of a folder.
struct Signed {
    checkpoints: Vec<Checkpoint>,
    /// Those that were kept elsewhere.
    kept: Vec<Checkpoint>,
    newest: Option<String>,
    findings: Vec<Finding>,
}

impl Signed {
    fn read(folder: &Folder, verifier: &Verifier, more: &[String]) -> Result<Self, FolderError> {
        let path = folder.checkpoints();
        let file = read_text(&path).map_err(|cause| FolderError::Io { path, cause })?;
        let (notes, whole) = Checkpoint::split(&file);
        let (checkpoints, kept, findings) = (Vec::new(), Vec::new(), Vec::new());
        let mut signed = Signed { checkpoints, kept, newest: None, findings };
        for (number, note) in notes.into_iter().enumerate() {
            signed.take(number, note, verifier);
        }
        if whole < file.len() {
            signed.findings.push(Finding::TornCheckpoint((file.len() - whole) as u64));
        }
        for (number, note) in more.iter().enumerate() {
            match Checkpoint::open(note, verifier) {
                Ok(checkpoint) => signed.kept.push(checkpoint),
                Err(cause) => signed.findings.push(Finding::Kept { number, cause }),
            }
        }
        Ok(signed)
    }

    fn take(&mut self, number: usize, note: String, verifier: &Verifier) {
        match Checkpoint::open(&note, verifier) {
            Ok(checkpoint) => {
                if self.checkpoints.last().is_some_and(|last| last.size > checkpoint.size) {
                    self.findings.push(Finding::Backwards { number });
                }
                self.checkpoints.push(checkpoint);
                self.newest = Some(note);
            }
            Err(cause) => self.findings.push(Finding::Forged { number, cause }),
        }
    }
}

/// Bytes that are no text make a note that nobody has signed.
fn read_text(path: &PathBuf) -> io::Result<String> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}
