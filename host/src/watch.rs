//! Which things in a folder have changed since they were taken. Decides only; no I/O.
//!
//! Invariant: a thing is taken when it was the same in two looks in a row: half of a rule may well be
//! a rule, and one that finds everything. Until then what was taken before stays.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Between two looks at a folder.
pub(crate) const PAUSE: Duration = Duration::from_millis(250);

/// Files or folders, each with a stamp that tells one version from another.
#[derive(Debug)]
pub(crate) struct Watch<S> {
    seen: BTreeMap<PathBuf, S>,
    taken: BTreeMap<PathBuf, S>,
}

impl<S> Default for Watch<S> {
    fn default() -> Self {
        Watch { seen: BTreeMap::new(), taken: BTreeMap::new() }
    }
}

impl<S: Clone + PartialEq> Watch<S> {
    /// The first look: everything is to be taken.
    pub(crate) fn open(&mut self, seen: BTreeMap<PathBuf, S>) -> Vec<(PathBuf, S)> {
        (self.seen, self.taken) = (seen.clone(), seen.clone());
        seen.into_iter().collect()
    }

    /// A later look: what is to be taken now, or nothing if all is as it was. What is not there any
    /// more is a change with nothing to take.
    pub(crate) fn look(&mut self, seen: BTreeMap<PathBuf, S>) -> Option<Vec<(PathBuf, S)>> {
        let before = std::mem::replace(&mut self.seen, seen);
        let known = self.taken.len();
        self.taken.retain(|place, _| self.seen.contains_key(place));
        let removed = self.taken.len() < known;
        let changed = self.seen.iter().filter(|(place, stamp)| {
            before.get(*place) == Some(stamp) && self.taken.get(*place) != Some(stamp)
        });
        let changed: Vec<_> = changed.map(|(p, stamp)| (p.clone(), stamp.clone())).collect();
        self.taken.extend(changed.iter().cloned());
        (removed || !changed.is_empty()).then_some(changed)
    }

    /// Whether it is there, settled or not.
    pub(crate) fn is_there(&self, place: &Path) -> bool {
        self.seen.contains_key(place)
    }

    /// What is there and has settled.
    pub(crate) fn settled(&self) -> impl Iterator<Item = &PathBuf> {
        let settled =
            self.taken.iter().filter(|(place, stamp)| self.seen.get(*place) == Some(stamp));
        settled.map(|(place, _)| place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(files: &[(&str, u64)]) -> BTreeMap<PathBuf, u64> {
        files.iter().map(|(file, length)| (file.into(), *length)).collect()
    }

    fn names(changes: Option<Vec<(PathBuf, u64)>>) -> Option<Vec<String>> {
        let name = |(file, _): (PathBuf, u64)| file.display().to_string();
        changes.map(|changes| changes.into_iter().map(name).collect())
    }

    #[test]
    fn a_file_is_taken_when_it_has_settled_and_not_while_it_grows() {
        let mut watch = Watch::default();
        watch.open(seen(&[("old", 1)]));
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
            assert_eq!(names(watch.look(look)), expected, "look {number}");
        }
    }

    #[test]
    fn one_file_that_never_settles_delays_no_other() {
        let mut watch = Watch::default();
        watch.open(seen(&[]));
        assert_eq!(watch.look(seen(&[("log", 1), ("rule", 1)])), None);
        let changes = watch.look(seen(&[("log", 2), ("rule", 1)]));
        assert_eq!(names(changes), Some(vec!["rule".to_owned()]));
    }

    #[test]
    fn what_is_changing_is_there_and_has_not_settled() {
        let mut watch = Watch::default();
        watch.open(seen(&[("a", 1), ("b", 1)]));
        watch.look(seen(&[("a", 2), ("b", 1)]));
        assert!(watch.is_there(Path::new("a")));
        assert_eq!(watch.settled().collect::<Vec<_>>(), [Path::new("b")]);
    }
}
