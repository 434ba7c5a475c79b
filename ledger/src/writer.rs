//! Appends to a ledger and signs it. One writer at a time: whoever opens it has made sure of that.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::audit::{Finding, audit};
use crate::book::{Book, Flaw};
use crate::checkpoint::Checkpoint;
use crate::entry::Fact;
use crate::folder::{Folder, FolderError};
use crate::note::Signer;

/// Why there is no ledger, or no entry in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// One of its files.
    #[error("ledger: {0}")]
    Folder(#[from] FolderError),
    /// Writing.
    #[error("ledger: {0}")]
    Io(#[from] io::Error),
}

/// What was found when a ledger was opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// Bytes of a torn last entry, which are cut.
    pub torn: u64,
    /// What is wrong; the files were put aside and a new ledger begins.
    pub damage: Vec<Finding>,
}

/// An open ledger.
#[derive(Debug)]
pub struct Ledger {
    entries: File,
    checkpoints: File,
    signer: Signer,
    book: Book,
    /// How many entries are signed; nothing if there is no checkpoint yet.
    signed: Option<u64>,
    is_durable: bool,
    /// Whether bytes may be at the end that belong to no entry.
    is_torn: bool,
}

impl Ledger {
    /// Opens or begins the ledger in a folder, which must exist. A new one gets a key of this seed;
    /// damaged files are put aside under a name with this time, and told.
    ///
    /// # Errors
    /// If a file cannot be read or written.
    pub fn open(folder: &Folder, seed: &[u8; 32], time: i64) -> Result<(Self, Found), LedgerError> {
        let signer = folder.signer(seed)?;
        let state = audit(folder, &signer.verifier(), &[])?;
        let mut found = Found::default();
        for finding in state.findings {
            match finding {
                Finding::Entry(Flaw::Torn { bytes, .. }) => found.torn = bytes,
                // Half a checkpoint is none, and earlier damage was told when it was found.
                Finding::TornCheckpoint(_) | Finding::Aside(_) => {}
                other => found.damage.push(other),
            }
        }
        let mut book = state.book;
        let mut signed = state.checkpoints.last().map(|newest| newest.size);
        if !found.damage.is_empty() {
            folder.put_aside(&time.to_string())?;
            (book, signed) = (Book::new(signer.verifier().name()), None);
        }
        let entries = append_to(&folder.entries(), book.bytes)?;
        let checkpoints = append_to(&folder.checkpoints(), whole_notes(&folder.checkpoints())?)?;
        let (is_durable, is_torn) = (false, false);
        sync_names(folder.path())?;
        let mut ledger = Ledger { entries, checkpoints, signer, book, signed, is_durable, is_torn };
        if ledger.signed.is_none() {
            // Before the first entry: entries without a checkpoint are then nobody's but a forger's.
            ledger.sign()?;
        }
        Ok((ledger, found))
    }

    /// Appends entries. They are durable after [`sync`](Ledger::sync).
    ///
    /// # Errors
    /// If they cannot be written; then there is none of them.
    pub fn append(&mut self, time: i64, facts: &[Fact]) -> io::Result<()> {
        self.mend()?;
        let before = self.book.clone();
        let mut lines = String::new();
        for fact in facts {
            lines.push_str(&self.book.write(time, fact.clone()).line());
            lines.push('\n');
        }
        self.is_durable = false;
        if let Err(error) = self.entries.write_all(lines.as_bytes()) {
            self.book = before;
            self.is_torn = true;
            return Err(error);
        }
        Ok(())
    }

    /// Cuts what a failed write has left.
    fn mend(&mut self) -> io::Result<()> {
        if self.is_torn {
            self.entries.set_len(self.book.bytes)?;
            self.is_torn = false;
        }
        Ok(())
    }

    /// Makes durable what was appended.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn sync(&mut self) -> io::Result<()> {
        if !self.is_durable {
            self.entries.sync_data()?;
            self.is_durable = true;
        }
        Ok(())
    }

    /// Signs what is there, if something is new, and makes it durable before.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn sign(&mut self) -> io::Result<()> {
        if self.signed == Some(self.book.tree.size()) {
            return Ok(());
        }
        self.sync()?;
        let checkpoint = Checkpoint::of(self.signer.verifier().name(), &self.book.tree);
        let note = format!("{}\n", checkpoint.sign(&self.signer));
        let before = self.checkpoints.metadata()?.len();
        let written =
            self.checkpoints.write_all(note.as_bytes()).and_then(|()| self.checkpoints.sync_data());
        if let Err(error) = written {
            self.checkpoints.set_len(before)?;
            return Err(error);
        }
        self.signed = Some(checkpoint.size);
        Ok(())
    }

    /// What is known of all entries.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// How many entries no checkpoint has yet.
    pub fn unsigned(&self) -> u64 {
        self.book.tree.size() - self.signed.unwrap_or(0)
    }
}

/// The file, cut to this length; made if it is not there.
fn append_to(path: &Path, length: u64) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    if file.metadata()?.len() > length {
        file.set_len(length)?;
        file.sync_all()?;
    }
    Ok(file)
}

/// Files are only as durable as their names.
#[cfg(unix)]
fn sync_names(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_names(_folder: &Path) -> io::Result<()> {
    Ok(())
}

fn whole_notes(path: &Path) -> io::Result<u64> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Checkpoint::split(&String::from_utf8_lossy(&bytes)).1 as u64),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}
