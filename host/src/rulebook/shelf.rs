//! What was read from the files of the operator's own rules. No I/O.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::catalog::folder::Stamp;
use crate::catalog::{Refusal, Source};
use crate::watch::Watch;

/// The rules by their files.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    watch: Watch<Stamp>,
    rules: BTreeMap<PathBuf, Result<Source, Refusal>>,
}

impl Shelf {
    /// The first look: every file is to be read.
    pub(super) fn open(&mut self, seen: BTreeMap<PathBuf, Stamp>) -> Vec<(PathBuf, Stamp)> {
        self.watch.open(seen)
    }

    /// A later look: the files that are to be read now, or nothing if all is as it was.
    pub(super) fn look(&mut self, seen: BTreeMap<PathBuf, Stamp>) -> Option<Vec<(PathBuf, Stamp)>> {
        let changes = self.watch.look(seen)?;
        self.rules.retain(|file, _| self.watch.is_there(file));
        Some(changes)
    }

    /// What was read from a file.
    pub(super) fn put(&mut self, file: PathBuf, rule: Result<Source, Refusal>) {
        self.rules.insert(file, rule);
    }

    /// What was read from every file, in the order of their paths.
    pub(super) fn rules(&self) -> impl Iterator<Item = &Result<Source, Refusal>> {
        self.rules.values()
    }
}
