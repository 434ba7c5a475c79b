//! The table of processes as bytes, and back.

use rustc_hash::FxHashSet;

use super::Processes;
use crate::memory::{Kept, Writer, count};
use crate::rule::Constant;

impl Processes {
    /// The engine's numbers of the columns that are kept.
    pub(crate) fn columns(&self) -> &[usize] {
        &self.source.kept
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u32 {
        count(self.alive().count())
    }

    /// Bytes of keys and values, about.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Writes every process, the one heard of longest ago first.
    pub(crate) fn save(&self, writer: &mut Writer) {
        for key in self.alive() {
            let values = self.alive[key].values.iter().map(Kept::from);
            writer.put(&(Kept::Text(key), values.collect::<Vec<_>>()));
        }
    }

    /// Keeps a process that another engine knew, as the one heard of last; `places` says where each
    /// of the columns is among the values. What the other did not keep is not known of it.
    pub(crate) fn restore(&mut self, key: Kept<'_>, values: &[Kept<'_>], places: &[Option<usize>]) {
        let Kept::Text(key) = key else { return };
        let value = |place: &Option<usize>| place.and_then(|place| values.get(place)).copied();
        let values = places.iter().map(|place| Constant::from(value(place).unwrap_or(Kept::Null)));
        self.keep(key.into(), values.collect());
    }

    /// As at the beginning.
    pub(crate) fn forget_all(&mut self) {
        self.alive.clear();
        self.heard.clear();
        self.stopped.clear();
        (self.clock, self.bytes, self.evicted, self.oversized) = (0, 0, 0, 0);
    }

    /// Those that live beyond the last batch, the one heard of longest ago first.
    fn alive(&self) -> impl Iterator<Item = &[u8]> {
        let stopped: FxHashSet<&[u8]> = self.stopped.iter().map(|key| &**key).collect();
        self.heard.values().map(|key| &**key).filter(move |key| !stopped.contains(key))
    }
}
