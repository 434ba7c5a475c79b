//! What is remembered of one process.

use daemoneye_bus::event::Field;

use super::suspicion::{self, Suspicion};
use crate::clock::Boot;
use crate::observation::{Change, Reason, Snapshot};

/// Two readings of one start differ by less, microseconds: the kernel tells it in hundredths of a
/// second.
const SAME_START: u64 = 30_000;

/// What a process that was gone too early does not tell.
const LOST: [Field; 5] = [
    Field::Name,
    Field::ExecutablePath,
    Field::CommandLine,
    Field::Arguments,
    Field::WorkingDirectory,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Forked at this time and not reported yet.
    Unborn { forked: i64 },
    /// Reported.
    Born,
}

#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) snapshot: Snapshot,
    pub(super) stage: Stage,
    /// Its start could not be read: it had started by then.
    pub(super) is_start_guessed: bool,
    /// Sweeps in a row that did not find it.
    pub(super) missed: u32,
    /// What the last sweep found changed, and waits for the next one to say so again.
    pending: Vec<Field>,
    suspected: Vec<Suspicion>,
    /// Suspected and not told yet.
    noticed: Vec<Suspicion>,
}

impl Record {
    pub(super) fn new(snapshot: Snapshot, stage: Stage) -> Self {
        let (pending, suspected, noticed) = (Vec::new(), Vec::new(), Vec::new());
        let (is_start_guessed, missed) = (false, 0);
        Record { snapshot, stage, is_start_guessed, missed, pending, suspected, noticed }
    }

    /// Whether who started at this time, microseconds since boot, is another process.
    pub(super) fn is_another(&self, start_time: u64) -> bool {
        let own = self.snapshot.start_time;
        let is_later = start_time > own.saturating_add(SAME_START);
        is_later || !self.is_start_guessed && own.abs_diff(start_time) > SAME_START
    }

    /// The same, suspected of this.
    pub(super) fn suspected_of(mut self, suspicion: Option<Suspicion>) -> Self {
        self.noticed.extend(suspicion);
        self
    }

    /// After an exec: another program, the same process. Its identity stays as it was first told,
    /// and what it was suspected of is not told again.
    pub(super) fn executed(snapshot: Snapshot, before: Option<Record>) -> Self {
        let Some(before) = before else { return Record::new(snapshot, Stage::Born) };
        let start_time = match before.stage {
            Stage::Born => before.snapshot.start_time,
            Stage::Unborn { .. } => snapshot.start_time,
        };
        let snapshot = Snapshot { start_time, ..snapshot };
        let Record { suspected, noticed, is_start_guessed, .. } = before;
        Record { suspected, noticed, is_start_guessed, ..Record::new(snapshot, Stage::Born) }
    }

    /// What is suspicious about the process now and was not before.
    pub(super) fn suspicions(&mut self, time: i64, boot: Boot) -> Vec<Suspicion> {
        let noticed = std::mem::take(&mut self.noticed).into_iter();
        let found = noticed.chain(suspicion::of(&self.snapshot, time, boot));
        let new: Vec<_> = found.filter(|s| !self.suspected.contains(s)).collect();
        self.suspected.extend(&new);
        new
    }

    /// Takes over what the kernel told. Returns the fields that changed.
    pub(super) fn change(&mut self, change: Change) -> Vec<Field> {
        let before = self.snapshot.clone();
        match change {
            Change::Name(name) => self.snapshot.name = Some(name),
            Change::User { real, effective, name } => {
                self.snapshot.user_id = Some(real);
                self.snapshot.effective_user_id = Some(effective);
                self.snapshot.user_name = name;
            }
            Change::Group(real) => self.snapshot.group_id = Some(real),
            Change::Session => self.snapshot.session = Some(self.snapshot.pid),
        }
        changes(&before, &self.snapshot)
    }

    /// Takes over what a sweep found. Returns the fields that changed. With `is_told`, a change
    /// counts when two sweeps in a row find it: an exec that the kernel tells of is no
    /// modification.
    pub(super) fn update(&mut self, snapshot: Snapshot, is_told: bool) -> Vec<Field> {
        let changed = changes(&self.snapshot, &snapshot);
        if is_told && changed != self.pending {
            self.pending = changed;
            return Vec::new();
        }
        self.pending.clear();
        if changed.contains(&Field::ParentPid) {
            self.noticed.push(Suspicion::Reparented);
        }
        let start_time = self.snapshot.start_time;
        self.snapshot = Snapshot { start_time, ..snapshot };
        changed
    }
}

/// The process that has executed something. If it was gone before anything could be read, who it
/// was is known from its fork, and what it ran is not.
pub(super) fn known_start(
    snapshot: Option<Snapshot>,
    pid: u32,
    known: Option<&Record>,
) -> Snapshot {
    let start_time = known.map_or(Snapshot::UNREAD, |known| known.snapshot.start_time);
    match snapshot {
        Some(snapshot) if snapshot.start_time == Snapshot::UNREAD => {
            Snapshot { start_time, ..snapshot }
        }
        Some(snapshot) => snapshot,
        None => gone(pid, known.map(|known| &known.snapshot)),
    }
}

fn gone(pid: u32, known: Option<&Snapshot>) -> Snapshot {
    Snapshot {
        pid,
        name: None,
        executable: None,
        executable_state: None,
        arguments: None,
        cwd: None,
        hash: None,
        absent: LOST.into_iter().map(|field| (field, Reason::Gone)).collect(),
        ..known.cloned().unwrap_or_default()
    }
}

/// The fields of interest that have another value. A value that cannot be read is no change, and a
/// thread of the kernel is named after the work that it does at the moment.
fn changes(before: &Snapshot, after: &Snapshot) -> Vec<Field> {
    if after.is_kernel_thread {
        return Vec::new();
    }
    let table = [
        (Field::Name, differ(before.name.as_ref(), after.name.as_ref())),
        (Field::ExecutablePath, differ(before.executable.as_ref(), after.executable.as_ref())),
        (Field::CommandLine, differ(before.arguments.as_ref(), after.arguments.as_ref())),
        (Field::ParentPid, differ(before.parent, after.parent)),
        (Field::UserId, differ(before.user_id, after.user_id)),
        (Field::EffectiveUserId, differ(before.effective_user_id, after.effective_user_id)),
        (Field::GroupId, differ(before.group_id, after.group_id)),
        (Field::SessionId, differ(before.session, after.session)),
    ];
    table.into_iter().filter(|(_, changed)| *changed).map(|(field, _)| field).collect()
}

fn differ<T: PartialEq>(before: Option<T>, after: Option<T>) -> bool {
    before.zip(after).is_some_and(|(before, after)| before != after)
}
