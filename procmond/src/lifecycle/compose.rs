//! An event from what is remembered of a process and its ancestors.

use std::collections::{HashMap, HashSet};

use daemoneye_bus::event::{Event, Field, Kind};
use serde_json::json;

use super::record::Record;
use super::suspicion::Suspicion;
use super::{Origin, key};
use crate::clock::Boot;
use crate::observation::{Connection, Hash, Reason, Snapshot, Way};

/// Ancestors that an event names.
const MAX_ANCESTORS: usize = 16;
/// The longest text of a field, bytes: the longest single argument that Linux allows.
const MAX_TEXT_BYTES: usize = 128 << 10;

pub(super) struct Composer<'a> {
    pub(super) boot: Boot,
    pub(super) records: &'a HashMap<u32, Record>,
    pub(super) record: &'a Record,
}

impl Composer<'_> {
    pub(super) fn event(&self, kind: Kind, time: i64, origin: Origin) -> Event {
        let mut event = Event::new(kind, time).with(Field::Origin, origin.name());
        let snapshot = &self.record.snapshot;
        identify(&mut event, self.boot, snapshot);
        describe(&mut event, snapshot);
        explain(&mut event, snapshot);
        self.relate(&mut event);
        event
    }

    pub(super) fn stop(&self, time: i64, origin: Origin, status: Option<u32>) -> Event {
        let mut event = self.event(Kind::Stop, time, origin);
        let started = started(self.boot, &self.record.snapshot);
        event.set(Field::RunTime, (time - started).max(0));
        match status.map(|status| (status & 0x7f, status >> 8 & 0xff)) {
            Some((0, code)) => event.set(Field::ExitCode, i64::from(code)),
            Some((signal, _)) => event.set(Field::ExitSignal, i64::from(signal)),
            None => add_absent(&mut event, &[(Field::ExitCode, Reason::Unsupported)]),
        }
        event
    }

    pub(super) fn modify(&self, time: i64, origin: Origin, changed: &[Field]) -> Event {
        let names: Vec<&str> = changed.iter().map(|field| field.name()).collect();
        self.event(Kind::Modify, time, origin).with(Field::ModifiedFields, names.join(" "))
    }

    pub(super) fn suspicious(&self, time: i64, origin: Origin, suspicion: Suspicion) -> Event {
        self.event(Kind::Suspicious, time, origin)
            .with(Field::SuspiciousReason, suspicion.reason())
            .with(Field::SuspiciousSeverity, suspicion.severity().name())
    }

    pub(super) fn connection(&self, time: i64, connection: Connection) -> Event {
        let mut event = self.event(kind(connection.way), time, Origin::Poll);
        ends(&mut event, connection);
        event
    }

    fn relate(&self, event: &mut Event) {
        let ancestors = self.ancestors();
        let Some(parent) = ancestors.first() else { return };
        event.set(Field::ParentKey, key(self.boot, parent).to_string());
        set_text(event, Field::ParentName, parent.name.as_deref());
        set_text(event, Field::ParentPath, parent.executable.as_deref());
        set_text(event, Field::ParentUserName, parent.user_name.as_deref());
        let command_line = parent.arguments.as_ref().map(|arguments| arguments.join(" "));
        set_text(event, Field::ParentCommandLine, command_line.as_deref());
        let ancestors = ancestors.iter().map(|ancestor| {
            json!({"pid": ancestor.pid, "name": ancestor.name, "path": ancestor.executable})
        });
        event.set(Field::Ancestry, ancestors.collect::<serde_json::Value>().to_string());
    }

    /// Nearest first. A pid that was reused by a descendant would make a circle: each is told once.
    fn ancestors(&self) -> Vec<&Snapshot> {
        let mut seen = HashSet::from([self.record.snapshot.pid]);
        let mut ancestors: Vec<&Snapshot> = Vec::new();
        let mut next = self.record.snapshot.parent;
        while let Some(record) = next.and_then(|pid| self.records.get(&pid)) {
            if ancestors.len() == MAX_ANCESTORS || !seen.insert(record.snapshot.pid) {
                break;
            }
            ancestors.push(&record.snapshot);
            next = record.snapshot.parent;
        }
        ancestors
    }
}

/// A connection of nobody knows whom.
pub(super) fn stray(time: i64, connection: Connection) -> Event {
    let origin = Origin::Poll.name();
    let mut event = Event::new(kind(connection.way), time).with(Field::Origin, origin);
    set_number(&mut event, Field::Pid, connection.pid);
    if connection.pid.is_none() {
        add_absent(&mut event, &[(Field::Pid, Reason::Denied)]);
    }
    ends(&mut event, connection);
    event
}

fn kind(way: Way) -> Kind {
    match way {
        Way::Connect => Kind::Connect,
        Way::Accept => Kind::Accept,
        Way::Listen => Kind::Listen,
    }
}

fn ends(event: &mut Event, connection: Connection) {
    event.set(Field::Protocol, connection.protocol.name());
    event.set(Field::LocalAddress, connection.local.ip().to_string());
    event.set(Field::LocalPort, i64::from(connection.local.port()));
    if let Some(remote) = connection.remote {
        event.set(Field::RemoteAddress, remote.ip().to_string());
        event.set(Field::RemotePort, i64::from(remote.port()));
    }
}

impl Origin {
    fn name(self) -> &'static str {
        match self {
            Origin::Exec => "exec",
            Origin::Fork => "fork",
            Origin::Exit => "exit",
            Origin::Change => "change",
            Origin::Poll => "poll",
        }
    }
}

fn started(boot: Boot, snapshot: &Snapshot) -> i64 {
    boot.time.saturating_add_unsigned(snapshot.start_time)
}

fn identify(event: &mut Event, boot: Boot, snapshot: &Snapshot) {
    event.set(Field::ProcessKey, key(boot, snapshot).to_string());
    event.set(Field::Pid, i64::from(snapshot.pid));
    set_number(event, Field::ParentPid, snapshot.parent);
    event.set(Field::StartTime, started(boot, snapshot));
    set_number(event, Field::UserId, snapshot.user_id);
    set_number(event, Field::EffectiveUserId, snapshot.effective_user_id);
    set_number(event, Field::GroupId, snapshot.group_id);
    set_number(event, Field::SessionId, snapshot.session);
    set_text(event, Field::UserName, snapshot.user_name.as_deref());
    set_text(event, Field::Tty, snapshot.tty.as_deref());
    set_text(event, Field::ContainerId, snapshot.container.as_deref());
}

fn describe(event: &mut Event, snapshot: &Snapshot) {
    set_text(event, Field::Name, snapshot.name.as_deref());
    set_text(event, Field::ExecutablePath, snapshot.executable.as_deref());
    set_text(event, Field::WorkingDirectory, snapshot.cwd.as_deref());
    if let Some(arguments) = &snapshot.arguments {
        set_text(event, Field::CommandLine, Some(&arguments.join(" ")));
        set_list(event, Field::Arguments, arguments);
    }
    if let Some(state) = snapshot.executable_state {
        event.set(Field::ExecutableState, state.name());
    }
    hash(event, snapshot.hash.as_ref());
    if let Some(cpu) = snapshot.cpu {
        event.set(Field::CpuUsage, cpu);
    }
    if let Some(memory) = snapshot.memory {
        event.set(Field::MemoryBytes, i64::try_from(memory).unwrap_or(i64::MAX));
    }
}

/// Fields that a process has, and those that are read together with each of them.
const EXPECTED: &[(Field, &[Field])] = &[
    (
        Field::StartTime,
        &[Field::Name, Field::SessionId, Field::Tty, Field::MemoryBytes, Field::CpuUsage],
    ),
    (Field::ExecutablePath, &[Field::ExecutableState, Field::ExecutableHashState]),
    (Field::CommandLine, &[Field::Arguments]),
    (Field::UserId, &[Field::EffectiveUserId, Field::GroupId, Field::UserName]),
    (Field::WorkingDirectory, &[]),
    (Field::ContainerId, &[]),
];

/// Each field without a value says why: as what it is read with, or else there is none.
fn explain(event: &mut Event, snapshot: &Snapshot) {
    let told = |field| snapshot.absent.iter().find(|(absent, _)| *absent == field);
    for (first, others) in EXPECTED {
        for field in std::iter::once(first).chain(*others) {
            let reason = told(*field).or(told(*first)).map(|(_, reason)| *reason);
            if event.get(*field).is_none() || told(*field).is_some() {
                add_absent(event, &[(*field, reason.unwrap_or_else(|| by_nature(*field)))]);
            }
        }
    }
}

/// Processor use is a difference between two sweeps.
fn by_nature(field: Field) -> Reason {
    if field == Field::CpuUsage { Reason::Pending } else { Reason::None }
}

fn hash(event: &mut Event, hash: Option<&Hash>) {
    let state = match hash {
        Some(Hash::Known(hash)) => {
            event.set(Field::ExecutableSha256, hash.as_str());
            "ok"
        }
        Some(Hash::Pending) => "pending",
        Some(Hash::Unreadable) => "unreadable",
        Some(Hash::TooBig) => "too_big",
        None => return,
    };
    event.set(Field::ExecutableHashState, state);
}

fn set_number(event: &mut Event, field: Field, number: Option<u32>) {
    if let Some(number) = number {
        event.set(field, i64::from(number));
    }
}

/// A text over the limit is cut, and the event says which.
fn set_text(event: &mut Event, field: Field, text: Option<&str>) {
    let Some(text) = text else { return };
    let end = text.floor_char_boundary(MAX_TEXT_BYTES);
    event.set(field, &text[..end]);
    if end < text.len() {
        append(event, Field::Truncated, field.name());
    }
}

/// A list over the limit ends earlier, and the event says so: what is left is a JSON array.
fn set_list(event: &mut Event, field: Field, items: &[String]) {
    let mut list = String::new();
    let mut left = items.iter().map(|item| serde_json::to_string(item).expect("text is JSON"));
    let over = left.find(|item| {
        let fits = list.len() + item.len() < MAX_TEXT_BYTES;
        if fits {
            list.push(if list.is_empty() { '[' } else { ',' });
            list.push_str(item);
        }
        !fits
    });
    list.push_str(if list.is_empty() { "[]" } else { "]" });
    event.set(field, list);
    if over.is_some() {
        append(event, Field::Truncated, field.name());
    }
}

fn add_absent(event: &mut Event, absent: &[(Field, Reason)]) {
    for (field, reason) in absent {
        append(event, Field::Absent, &format!("{}={}", field.name(), reason.name()));
    }
}

fn append(event: &mut Event, field: Field, word: &str) {
    let text = match event.text(field) {
        Some(text) => format!("{text} {word}"),
        None => word.to_owned(),
    };
    event.set(field, text);
}
