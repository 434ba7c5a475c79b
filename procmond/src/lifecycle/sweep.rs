//! What a sweep adds to what is known.

use std::collections::HashSet;

use daemoneye_bus::event::{Event, Kind};

use super::record::{Record, Stage};
use super::suspicion::Suspicion;
use super::{Lifecycle, Origin};
use crate::observation::Snapshot;

/// After so long, microseconds, what the kernel tells of a process has arrived.
const SETTLED: i64 = 1_000_000;

impl Lifecycle {
    pub(super) fn swept(&mut self, time: i64, mut snapshots: Vec<Snapshot>) -> Vec<Event> {
        let is_first = std::mem::take(&mut self.is_first_sweep);
        // Parents first, so that their children find them.
        snapshots.sort_by_key(|snapshot| (snapshot.start_time, snapshot.pid));
        let alive: HashSet<u32> = snapshots.iter().map(|snapshot| snapshot.pid).collect();
        let sighted = snapshots.into_iter().flat_map(|s| self.sighted(s, time, is_first));
        let mut events: Vec<Event> = sighted.collect();
        for pid in self.missing(&alive) {
            events.extend(self.vanished(pid, time));
        }
        events
    }

    /// Processes that have ended unnoticed. While the kernel tells, its word may still be on its
    /// way: then a process must be missed twice.
    fn missing(&mut self, alive: &HashSet<u32>) -> Vec<u32> {
        let patience = u32::from(self.is_told);
        let missing = self.records.iter_mut().filter(|(pid, _)| !alive.contains(*pid));
        let mut gone: Vec<u32> = missing
            .filter_map(|(pid, record)| {
                record.missed += 1;
                (record.missed > patience).then_some(*pid)
            })
            .collect();
        gone.sort_unstable();
        gone
    }

    /// One process of a sweep.
    fn sighted(&mut self, snapshot: Snapshot, time: i64, is_first: bool) -> Vec<Event> {
        let pid = snapshot.pid;
        let is_settled = self.is_settled(&snapshot, time);
        let Some(record) = self.records.get_mut(&pid) else {
            return self.discovered(snapshot, time, is_first);
        };
        record.missed = 0;
        let is_another = record.is_another(snapshot.start_time);
        match (is_another, record.stage) {
            (true, _) if !is_settled => Vec::new(),
            (true, _) => {
                let mut events = self.vanished(pid, time);
                let started = self.boot.time.saturating_add_unsigned(snapshot.start_time);
                let record = Record::new(snapshot, Stage::Born);
                let record = record.suspected_of(Some(Suspicion::PidReused));
                events.extend(self.introduce(record, Kind::Start, started, Origin::Poll, time));
                events
            }
            (false, Stage::Unborn { .. }) if !is_settled => Vec::new(),
            (false, Stage::Unborn { forked }) => self.born(snapshot, forked, time),
            (false, Stage::Born) => self.compared(snapshot, time),
        }
    }

    /// Whether all that the kernel has to tell of the process's start must have been told.
    fn is_settled(&self, snapshot: &Snapshot, time: i64) -> bool {
        !self.is_told
            || time - self.boot.time.saturating_add_unsigned(snapshot.start_time) > SETTLED
    }

    /// A fork that runs on in its parent's program.
    fn born(&mut self, snapshot: Snapshot, forked: i64, time: i64) -> Vec<Event> {
        let before = self.records.remove(&snapshot.pid);
        let start_time = before.as_ref().map_or(snapshot.start_time, |b| b.snapshot.start_time);
        let snapshot = Snapshot { start_time, ..snapshot };
        let record = Record::executed(snapshot, before);
        self.introduce(record, Kind::Start, forked, Origin::Fork, time)
    }

    /// A process that nobody told of. A young one is the kernel's to tell.
    fn discovered(&mut self, snapshot: Snapshot, time: i64, is_first: bool) -> Vec<Event> {
        if self.is_full() {
            self.forgotten += 1;
            return Vec::new();
        }
        if is_first {
            let record = Record::new(snapshot, Stage::Born);
            return self.introduce(record, Kind::Snapshot, time, Origin::Poll, time);
        }
        if !self.is_settled(&snapshot, time) {
            return Vec::new();
        }
        let started = self.boot.time.saturating_add_unsigned(snapshot.start_time);
        let record = Record::new(snapshot, Stage::Born);
        self.introduce(record, Kind::Start, started, Origin::Poll, time)
    }

    fn introduce(
        &mut self,
        mut record: Record,
        kind: Kind,
        when: i64,
        origin: Origin,
        time: i64,
    ) -> Vec<Event> {
        let suspicions = record.suspicions(time, self.boot);
        let mut events = vec![self.compose(&record).event(kind, when, origin)];
        events.extend(self.suspect(&record, &suspicions, time, origin));
        self.remember(record);
        events
    }

    fn compared(&mut self, snapshot: Snapshot, time: i64) -> Vec<Event> {
        let pid = snapshot.pid;
        let record = self.records.get_mut(&pid).expect("the caller has found it");
        let changed = record.update(snapshot, self.is_told);
        let suspicions = record.suspicions(time, self.boot);
        self.modified(pid, time, Origin::Poll, &changed, &suspicions)
    }
}
