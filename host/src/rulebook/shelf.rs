//! Which files of a folder have changed, and what was read from them last. Decides only; no I/O.
//!
//! Invariant: a file is read when it was the same in two looks in a row: half of a rule may well be
//! a rule, and one that finds everything. Until then what was read from it before stays.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::catalog::folder::Stamp;
use crate::catalog::{Refusal, Source};

/// The rules by their files.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    seen: BTreeMap<PathBuf, Stamp>,
    taken: BTreeMap<PathBuf, Stamp>,
    rules: BTreeMap<PathBuf, Result<Source, Refusal>>,
}

impl Shelf {
    /// The first look: every file is to be read.
    pub(super) fn open(&mut self, seen: BTreeMap<PathBuf, Stamp>) -> Vec<(PathBuf, Stamp)> {
        (self.seen, self.taken) = (seen.clone(), seen.clone());
        seen.into_iter().collect()
    }

    /// A later look: the files that are to be read now, or nothing if all is as it was.
    pub(super) fn look(&mut self, seen: BTreeMap<PathBuf, Stamp>) -> Option<Vec<(PathBuf, Stamp)>> {
        let before = std::mem::replace(&mut self.seen, seen);
        let known = self.taken.len();
        self.taken.retain(|file, _| self.seen.contains_key(file));
        self.rules.retain(|file, _| self.seen.contains_key(file));
        let removed = self.taken.len() < known;
        let changed = self.seen.iter().filter(|(file, stamp)| {
            before.get(*file) == Some(stamp) && self.taken.get(*file) != Some(stamp)
        });
        let changed: Vec<_> = changed.map(|(f, stamp)| (f.clone(), stamp.clone())).collect();
        self.taken.extend(changed.iter().cloned());
        (removed || !changed.is_empty()).then_some(changed)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(files: &[(&str, u64)]) -> BTreeMap<PathBuf, Stamp> {
        files.iter().map(|(file, length)| (file.into(), Stamp::of_length(*length))).collect()
    }

    fn names(changes: Option<Vec<(PathBuf, Stamp)>>) -> Option<Vec<String>> {
        let name = |(file, _): (PathBuf, Stamp)| file.display().to_string();
        changes.map(|changes| changes.into_iter().map(name).collect())
    }

    #[test]
    fn a_file_is_read_when_it_has_settled_and_not_while_it_grows() {
        let mut shelf = Shelf::default();
        shelf.open(seen(&[("old", 1)]));
        let looks = [
            (seen(&[("old", 1), ("new", 1)]), None),
            (seen(&[("old", 1), ("new", 2)]), None),
            (seen(&[("old", 1), ("new", 2)]), Some(vec!["new".to_owned()])),
            (seen(&[("old", 1), ("new", 2)]), None),
            (seen(&[("old", 5), ("new", 2)]), None),
            (seen(&[("old", 5), ("new", 2)]), Some(vec!["old".to_owned()])),
            (seen(&[("new", 2)]), Some(Vec::new())),
            (seen(&[("new", 2)]), None),
        ];
        for (number, (look, expected)) in looks.into_iter().enumerate() {
            assert_eq!(names(shelf.look(look)), expected, "look {number}");
        }
    }

    #[test]
    fn one_file_that_never_settles_delays_no_other() {
        let mut shelf = Shelf::default();
        shelf.open(seen(&[]));
        assert_eq!(shelf.look(seen(&[("log", 1), ("rule", 1)])), None);
        let changes = shelf.look(seen(&[("log", 2), ("rule", 1)]));
        assert_eq!(names(changes), Some(vec!["rule".to_owned()]));
    }
}
