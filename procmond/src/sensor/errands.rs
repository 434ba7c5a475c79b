//! The thread that looks things up for the agent. It has eyes of its own, so that whoever collects never
//! waits for it, and does one errand after the other.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Instant;

use daemoneye_bus::control::{Denial, Outcome, Task};
use daemoneye_bus::event::{Batch, Event, Field, MAX_ROWS};
use tokio::sync::oneshot;

use crate::clock::{self, Boot};
use crate::collector::Collector;
#[cfg(target_os = "linux")]
use crate::collector::hash::hash_file;
use crate::collector::sweep::Sweep;
use crate::lifecycle::Lifecycle;
use crate::observation::Observation;
use crate::redaction::Redactor;

/// Errands that may wait.
const QUEUE: usize = 8;

type Found = Result<Outcome, Denial>;

/// Where errands are brought. Cheap to clone; the thread ends with the last clone.
#[derive(Clone)]
pub struct Errands(SyncSender<Errand>);

struct Errand {
    task: Task,
    due: Due,
    reply: oneshot::Sender<Found>,
}

/// When nobody waits any more.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    at: Instant,
    limit_ms: u32,
}

impl Due {
    /// So many milliseconds after this moment.
    pub fn after(now: Instant, limit_ms: u32) -> Self {
        Due { at: now + std::time::Duration::from_millis(limit_ms.into()), limit_ms }
    }

    /// Whether there still is time.
    ///
    /// # Errors
    /// [`Denial::TooLate`].
    pub fn check(&self) -> Result<(), Denial> {
        let is_late = Instant::now() >= self.at;
        if is_late { Err(Denial::TooLate { limit_ms: self.limit_ms }) } else { Ok(()) }
    }
}

impl Errands {
    /// Queues a task. Never waits.
    ///
    /// # Errors
    /// If too many wait already, or the thread is gone.
    pub fn send(&self, task: Task, due: Due) -> Result<oneshot::Receiver<Found>, Denial> {
        let (reply, found) = oneshot::channel();
        match self.0.try_send(Errand { task, due, reply }) {
            Ok(()) => Ok(found),
            Err(TrySendError::Full(_)) => Err(Denial::Busy { waiting: QUEUE as u32 }),
            Err(TrySendError::Disconnected(_)) => {
                Err(Denial::Unable { what: "look anything up any more".to_owned() })
            }
        }
    }
}

/// What looks things up.
pub(super) struct Runner {
    pub(super) sweep: Sweep,
    pub(super) boot: Boot,
    pub(super) redactor: Option<Arc<Redactor>>,
}

impl Runner {
    /// The thread's work, and where to bring errands.
    pub(super) fn open(self) -> (Errands, impl FnOnce() + Send) {
        let (sender, errands) = sync_channel(QUEUE);
        (Errands(sender), move || self.run(&errands))
    }

    fn run(mut self, errands: &Receiver<Errand>) {
        crate::confinement::settle();
        while let Ok(Errand { task, due, reply }) = errands.recv() {
            let found = due.check().and_then(|()| self.look_up(&task, due));
            let _nobody_waits_any_more = reply.send(found);
        }
    }

    fn look_up(&mut self, task: &Task, due: Due) -> Found {
        match task {
            Task::Enumerate => Ok(Outcome::Processes(batches(&self.processes()?))),
            Task::Process { pid } => {
                let mut found = self.processes()?;
                found.retain(|event| pid_of(event) == Some(*pid));
                some(&found, *pid)
            }
            Task::Tree { pid } => some(&tree(self.processes()?, *pid), *pid),
            Task::HashOf { pid } => hash_of(*pid, due),
            Task::HashFile { path } => hash_file(path, due).map(Outcome::Hash),
        }
    }

    fn processes(&mut self) -> Result<Vec<Event>, Denial> {
        let unable = |error| Denial::Unable { what: format!("see processes: {error}") };
        let snapshots = self.sweep.collect_all().map_err(unable)?;
        let swept = Observation::Swept { time: clock::now(), snapshots };
        let swept = super::clean(self.redactor.as_deref(), swept);
        let events = Lifecycle::new(self.boot.by_clock(), false).observe(swept);
        let is_snapshot = |event: &Event| event.text(Field::Kind) == Some("snapshot");
        Ok(events.into_iter().filter(is_snapshot).collect())
    }
}

/// The program is hashed as the process has it open, also if its file is gone.
fn hash_of(pid: u32, due: Due) -> Found {
    let entry = format!("/proc/{pid}");
    if !std::path::Path::new(&entry).exists() {
        return Err(Denial::NoProcess { pid });
    }
    let program = format!("{entry}/exe");
    let mut hash = hash_file(&program, due)?;
    if let Ok(path) = std::fs::read_link(&program) {
        hash.path = path.to_string_lossy().into_owned();
    }
    Ok(Outcome::Hash(hash))
}

#[cfg(not(target_os = "linux"))]
fn hash_file(_path: &str, _due: Due) -> Result<daemoneye_bus::control::FileHash, Denial> {
    Err(Denial::Unable { what: "hash files on this operating system".to_owned() })
}

/// At least one process, or the one that was named is not there.
fn some(events: &[Event], pid: u32) -> Found {
    if events.is_empty() {
        return Err(Denial::NoProcess { pid });
    }
    Ok(Outcome::Processes(batches(events)))
}

fn batches(events: &[Event]) -> Vec<Batch> {
    events.chunks(MAX_ROWS).filter_map(Batch::from_events).collect()
}

fn pid_of(event: &Event) -> Option<u32> {
    event.integer(Field::Pid).and_then(|pid| pid.try_into().ok())
}

/// The process and its descendants, in the order in which they were found. Nothing without it.
fn tree(all: Vec<Event>, root: u32) -> Vec<Event> {
    let mut children: HashMap<i64, Vec<u32>> = HashMap::new();
    for event in &all {
        if let (Some(pid), Some(parent)) = (pid_of(event), event.integer(Field::ParentPid)) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let (mut wanted, mut next) = (HashSet::new(), vec![root]);
    while let Some(pid) = next.pop() {
        if wanted.insert(pid) {
            next.extend(children.get(&i64::from(pid)).into_iter().flatten());
        }
    }
    let is_there = all.iter().any(|event| pid_of(event) == Some(root));
    let wanted = |event: &Event| is_there && pid_of(event).is_some_and(|pid| wanted.contains(&pid));
    all.into_iter().filter(wanted).collect()
}

#[cfg(test)]
mod tests {
    use daemoneye_bus::event::Kind;

    use super::*;

    fn process(pid: i64, parent: i64) -> Event {
        Event::new(Kind::Snapshot, 1).with(Field::Pid, pid).with(Field::ParentPid, parent)
    }

    #[test]
    fn a_tree_is_the_process_and_its_descendants_also_if_they_form_a_ring() {
        let all = [(1, 0), (2, 1), (3, 2), (4, 1), (5, 3), (6, 7), (7, 6)];
        let all: Vec<Event> = all.iter().map(|(pid, parent)| process(*pid, *parent)).collect();
        let pids =
            |root| -> Vec<u32> { tree(all.clone(), root).iter().filter_map(pid_of).collect() };
        assert_eq!(pids(2), [2, 3, 5]);
        assert_eq!(pids(5), [5]);
        assert_eq!(pids(6), [6, 7]);
        assert_eq!(pids(99), [0; 0]);
        assert_eq!(pids(0), [0; 0], "nothing has this number");
    }

    #[test]
    fn time_that_is_over_is_told_with_the_limit() {
        let due = Due::after(Instant::now(), 0);
        assert_eq!(due.check(), Err(Denial::TooLate { limit_ms: 0 }));
        assert_eq!(Due::after(Instant::now(), 60_000).check(), Ok(()));
    }
}
