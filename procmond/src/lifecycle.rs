//! Observations become events. Decides only: no I/O, no clock.
//!
//! A fork is remembered and not reported: what follows is mostly an exec, and then the process has
//! *started* with the program that it runs. A fork that runs on in its parent's program is reported
//! at the next sweep, or at its end, with origin `fork`.
//!
//! A sweep reconciles. While the kernel tells of every process, its word comes first: a process
//! that only a sweep knows is believed when the kernel has had time to tell of it.

mod compose;
mod record;
mod suspicion;
mod sweep;

use std::collections::HashMap;

use daemoneye_bus::event::{Event, Field, Kind, ProcessKey};

use crate::clock::Boot;
use crate::observation::{Change, Connection, Observation, Snapshot};
use compose::Composer;
use record::{Record, Stage};
use suspicion::Suspicion;

/// Processes that are remembered at a time, unless told otherwise. A machine may have 4 million
/// pids; most have a few thousand processes.
const CAPACITY: usize = 65_536;
/// A clock that differs by more, microseconds, was set.
const CLOCK_SET: u64 = 1_000_000;

/// How an event was learnt: the field `origin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Exec,
    Fork,
    Exit,
    Change,
    Poll,
}

/// The state of every process that is alive.
pub struct Lifecycle {
    boot: Boot,
    /// Whether the kernel tells of each fork, exec and exit.
    is_told: bool,
    is_first_sweep: bool,
    capacity: usize,
    records: HashMap<u32, Record>,
    forgotten: u64,
}

impl Lifecycle {
    /// Nothing is known yet. `is_told`: the kernel tells of each fork, exec and exit.
    pub fn new(boot: Boot, is_told: bool) -> Self {
        let records = HashMap::new();
        let (is_first_sweep, capacity) = (true, CAPACITY);
        Lifecycle { boot, is_told, is_first_sweep, capacity, records, forgotten: 0 }
    }

    /// The same with room for so many processes.
    #[must_use]
    pub fn with_capacity(self, capacity: usize) -> Self {
        Lifecycle { capacity, ..self }
    }

    /// From now on the kernel tells nothing: sweeps alone are believed.
    pub fn is_told_no_more(&mut self) {
        self.is_told = false;
    }

    /// The clock was set: the boot was at another time than thought. Small differences are the
    /// clock's own and change nothing, so that a process keeps the start time that was told.
    pub fn adjust(&mut self, boot: Boot) {
        if boot.time.abs_diff(self.boot.time) > CLOCK_SET {
            self.boot = boot;
        }
    }

    /// Processes alive.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// How often a process was not remembered because there were too many.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// The events that an observation means, in their order.
    pub fn observe(&mut self, observation: Observation) -> Vec<Event> {
        match observation {
            Observation::Forked { parent, child, time, since_boot } => {
                self.forked(parent, child, time, since_boot)
            }
            Observation::Executed { pid, time, snapshot } => {
                self.executed(pid, time, snapshot.map(|snapshot| *snapshot))
            }
            Observation::Changed { pid, time, change } => self.changed(pid, time, change),
            Observation::Exited { pid, time, status } => self.exited(pid, time, status),
            Observation::Swept { time, snapshots } => self.swept(time, snapshots),
            Observation::Connected { time, connection } => vec![self.connected(time, connection)],
            Observation::Overrun { .. } => Vec::new(),
        }
    }

    fn forked(&mut self, parent: u32, child: u32, time: i64, since_boot: u64) -> Vec<Event> {
        let known = self.records.get(&child);
        if known.is_some_and(|record| !record.is_another(since_boot)) {
            // A sweep was faster than the kernel's word.
            return Vec::new();
        }
        let reused = known.map(|_| Suspicion::PidReused);
        let events = self.vanished(child, time);
        let inherited = self.records.get(&parent).map(|record| record.snapshot.clone());
        let snapshot = Snapshot {
            pid: child,
            parent: Some(parent),
            start_time: since_boot,
            cpu: None,
            memory: None,
            ..inherited.unwrap_or_default()
        };
        let record = Record::new(snapshot, Stage::Unborn { forked: time });
        self.remember(record.suspected_of(reused));
        events
    }

    /// The first exec of a fork is the process's start.
    fn executed(&mut self, pid: u32, time: i64, snapshot: Option<Snapshot>) -> Vec<Event> {
        let known = self.records.get(&pid);
        let mut snapshot = record::known_start(snapshot, pid, known);
        let is_start_guessed = snapshot.start_time == Snapshot::UNREAD;
        if is_start_guessed {
            // Later than it was, but no other process with this pid has the same.
            snapshot.start_time = time.abs_diff(self.boot.time);
        }
        let is_reused = known.is_some_and(|known| known.is_another(snapshot.start_time));
        let mut events = if is_reused { self.vanished(pid, time) } else { Vec::new() };
        let before = self.records.remove(&pid);
        let kind = match before.as_ref().map(|record| record.stage) {
            Some(Stage::Born) => Kind::Exec,
            Some(Stage::Unborn { .. }) | None => Kind::Start,
        };
        let reused = is_reused.then_some(Suspicion::PidReused);
        let mut record = Record::executed(snapshot, before).suspected_of(reused);
        record.is_start_guessed |= is_start_guessed;
        let suspicions = record.suspicions(time, self.boot);
        events.push(self.compose(&record).event(kind, time, Origin::Exec));
        events.extend(self.suspect(&record, &suspicions, time, Origin::Exec));
        self.remember(record);
        events
    }

    /// The kernel tells of a new name or user.
    fn changed(&mut self, pid: u32, time: i64, change: Change) -> Vec<Event> {
        let Some(record) = self.records.get_mut(&pid) else { return Vec::new() };
        let changed = record.change(change);
        if record.stage != Stage::Born || changed.is_empty() {
            return Vec::new();
        }
        let suspicions = record.suspicions(time, self.boot);
        self.modified(pid, time, Origin::Change, &changed, &suspicions)
    }

    fn exited(&mut self, pid: u32, time: i64, status: u32) -> Vec<Event> {
        self.ended(pid, time, Origin::Exit, Some(status))
    }

    /// A process that is not there any more, though nobody told of its end.
    fn vanished(&mut self, pid: u32, time: i64) -> Vec<Event> {
        self.ended(pid, time, Origin::Poll, None)
    }

    /// A connection is told with all that is known about its process.
    fn connected(&self, time: i64, connection: Connection) -> Event {
        let record = connection.pid.and_then(|pid| self.records.get(&pid));
        match record {
            Some(record) => self.compose(record).connection(time, connection),
            None => compose::stray(time, connection),
        }
    }

    /// Invariant: whatever ends has started, also for the reader of the events.
    fn ended(&mut self, pid: u32, time: i64, origin: Origin, status: Option<u32>) -> Vec<Event> {
        let Some(mut record) = self.records.remove(&pid) else { return Vec::new() };
        let mut events = Vec::new();
        if let Stage::Unborn { forked } = record.stage {
            let suspicions = record.suspicions(time, self.boot);
            events.push(self.compose(&record).event(Kind::Start, forked, Origin::Fork));
            events.extend(self.suspect(&record, &suspicions, time, origin));
        }
        events.push(self.compose(&record).stop(time, origin, status));
        events
    }

    fn modified(
        &self,
        pid: u32,
        time: i64,
        origin: Origin,
        changed: &[Field],
        suspicions: &[Suspicion],
    ) -> Vec<Event> {
        let record = &self.records[&pid];
        let mut events = Vec::new();
        if !changed.is_empty() {
            events.push(self.compose(record).modify(time, origin, changed));
        }
        events.extend(self.suspect(record, suspicions, time, origin));
        events
    }

    fn suspect<'a>(
        &'a self,
        record: &'a Record,
        suspicions: &'a [Suspicion],
        time: i64,
        origin: Origin,
    ) -> impl Iterator<Item = Event> + 'a {
        suspicions.iter().map(move |s| self.compose(record).suspicious(time, origin, *s))
    }

    /// Whether there is no room for one more process.
    fn is_full(&self) -> bool {
        self.records.len() >= self.capacity
    }

    /// When there are too many, the new one is not remembered: to forget an old one would make the
    /// next sweep report it a second time.
    fn remember(&mut self, record: Record) {
        let pid = record.snapshot.pid;
        if self.is_full() && !self.records.contains_key(&pid) {
            self.forgotten += 1;
        } else {
            self.records.insert(pid, record);
        }
    }

    fn compose<'a>(&'a self, record: &'a Record) -> Composer<'a> {
        Composer { boot: self.boot, records: &self.records, record }
    }
}

/// Identity of a process.
fn key(boot: Boot, snapshot: &Snapshot) -> ProcessKey {
    ProcessKey { boot_id: boot.id, pid: snapshot.pid, start_time: snapshot.start_time }
}

#[cfg(test)]
mod histories;
#[cfg(test)]
mod tests;
