//! The interface `processes`, and the table behind it: who lives, by key, with all that was heard.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use daemoneye_bus::event::{Batch, Event, Field, Kind, Value};
use wasmtime::component::Linker;

use crate::plugin::State;
use crate::plugin::rule_bindings::daemoneye::plugin::processes as wit;

/// Most processes.
const MAX_PROCESSES: usize = 65_536;
/// Most bytes of all texts and keys together.
const MAX_BYTES: usize = 32 << 20;
/// Most bytes of one text; a longer one is not kept.
const MAX_TEXT: usize = 64 << 10;

/// The table of one judge, which all components share that are granted it. A clone is the same.
#[derive(Clone, Default)]
pub struct Processes(Arc<Mutex<Table>>);

#[derive(Debug, Clone, Default)]
struct Table {
    alive: HashMap<Arc<str>, Process>,
    /// Keys by when their process was last heard of.
    heard: BTreeMap<u64, Arc<str>>,
    /// Those that stopped in the batch that is judged: its other rows still find them.
    stopped: Vec<Arc<str>>,
    clock: u64,
    bytes: usize,
    evicted: u64,
}

#[derive(Debug, Clone)]
struct Process {
    heard: u64,
    bytes: usize,
    event: Arc<Event>,
}

impl Processes {
    /// Learns from every row of a batch, in their order, before any rule is asked about it.
    pub(crate) fn learn(&self, batch: &Batch) {
        let mut table = self.lock();
        for key in std::mem::take(&mut table.stopped) {
            table.forget(&key);
        }
        for row in 0..batch.rows() {
            let Some(key) = batch.text(Field::ProcessKey, row) else { continue };
            if batch.text(Field::Kind, row) == Some(Kind::Stop.name()) {
                table.stopped.push(Arc::from(key));
            } else {
                table.hear(key, &batch.event(row));
            }
        }
    }

    /// Knows what the other knows.
    pub(crate) fn take_over(&self, other: &Processes) {
        let before = other.lock().clone();
        *self.lock() = before;
    }

    /// Knows nothing any more.
    pub(crate) fn clear(&self) {
        *self.lock() = Table::default();
    }

    /// Processes that had to go for want of room.
    pub(crate) fn evicted(&self) -> u64 {
        self.lock().evicted
    }

    fn get(&self, key: &str) -> Option<Arc<Event>> {
        self.lock().alive.get(key).map(|process| process.event.clone())
    }

    /// Each change is whole before the lock is let go.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// A value that is absent does not erase what was known.
    fn hear(&mut self, key: &str, heard: &Event) {
        let key: Arc<str> = Arc::from(key);
        let known = self.forget(&key);
        let mut event = known.map_or_else(Event::default, Arc::unwrap_or_clone);
        for (field, value) in heard.values().filter(|(_, value)| length(value) <= MAX_TEXT) {
            event.set(field, value.clone());
        }
        let bytes = key.len() + event.values().map(|(_, value)| length(value)).sum::<usize>();
        self.clock += 1;
        self.bytes += bytes;
        self.heard.insert(self.clock, key.clone());
        self.alive.insert(key, Process { heard: self.clock, bytes, event: Arc::new(event) });
        self.make_room();
    }

    fn make_room(&mut self) {
        while self.alive.len() > MAX_PROCESSES || self.bytes > MAX_BYTES {
            let Some((_, oldest)) = self.heard.first_key_value() else { break };
            let oldest = oldest.clone();
            self.forget(&oldest);
            self.evicted += 1;
        }
    }

    fn forget(&mut self, key: &str) -> Option<Arc<Event>> {
        let process = self.alive.remove(key)?;
        self.heard.remove(&process.heard);
        self.bytes -= process.bytes;
        Some(process.event)
    }
}

fn length(value: &Value) -> usize {
    match value {
        Value::Integer(_) | Value::Float(_) => 8,
        Value::Text(text) => text.len(),
    }
}

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wit::add_to_linker::<State, wasmtime::component::HasSelf<State>>(linker, |state| state)
}

impl wit::Host for State {
    fn get(
        &mut self,
        key: String,
        columns: Vec<String>,
    ) -> wasmtime::Result<Option<Vec<Option<wit::Value>>>> {
        self.calls.count()?;
        let event = self.granted.held.processes.as_ref().and_then(|table| table.get(&key));
        let value = |event: &Event, column: &String| {
            let field = Field::named(column).filter(|field| field.name() == column)?;
            event.get(field).map(wit::Value::from)
        };
        Ok(event.map(|event| columns.iter().map(|column| value(&event, column)).collect()))
    }
}

impl From<&Value> for wit::Value {
    fn from(value: &Value) -> Self {
        match value {
            Value::Integer(value) => wit::Value::Integer(*value),
            Value::Float(value) => wit::Value::Float(*value),
            Value::Text(value) => wit::Value::Text(value.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: Kind, key: &str) -> Event {
        Event::new(kind, 1).with(Field::ProcessKey, key)
    }

    fn learn(processes: &Processes, events: &[Event]) {
        processes.learn(&Batch::from_events(events).expect("events"));
    }

    #[test]
    fn who_stopped_is_there_until_the_next_batch() {
        let processes = Processes::default();
        learn(&processes, &[event(Kind::Stop, "a"), event(Kind::Exec, "a")]);
        assert!(processes.get("a").is_some(), "while the batch is judged");
        learn(&processes, &[event(Kind::Start, "b")]);
        assert!(processes.get("a").is_none() && processes.get("b").is_some());
        processes.clear();
        assert!(processes.get("b").is_none());
    }

    #[test]
    fn what_an_event_does_not_say_is_kept_and_what_it_says_is_newer() {
        let processes = Processes::default();
        let start = event(Kind::Start, "a").with(Field::Name, "sh").with(Field::Pid, 7);
        learn(&processes, &[start, event(Kind::Exec, "a").with(Field::Name, "ls")]);
        let known = processes.get("a").expect("it lives");
        assert_eq!((known.text(Field::Name), known.integer(Field::Pid)), (Some("ls"), Some(7)));
    }

    #[test]
    fn as_many_processes_as_may_be_are_kept_and_one_more_costs_the_oldest() {
        let processes = Processes::default();
        for first in (0..MAX_PROCESSES).step_by(1_024) {
            let keys = first..first + 1_024;
            let events: Vec<_> = keys.map(|key| event(Kind::Start, &key.to_string())).collect();
            learn(&processes, &events);
        }
        assert!(processes.get("0").is_some() && processes.evicted() == 0);
        learn(&processes, &[event(Kind::Start, "new")]);
        assert!(processes.get("0").is_none() && processes.get("new").is_some());
        assert_eq!(processes.evicted(), 1);
    }

    #[test]
    fn texts_are_bounded_one_by_one_and_together() {
        let processes = Processes::default();
        let with = |key: &str, length: usize| {
            event(Kind::Start, key).with(Field::CommandLine, "x".repeat(length))
        };
        learn(&processes, &[with("most", MAX_TEXT), with("more", MAX_TEXT + 1)]);
        let line = |key| processes.get(key).and_then(|e| e.text(Field::CommandLine).map(str::len));
        assert_eq!((line("most"), line("more")), (Some(MAX_TEXT), None));
        let all = MAX_BYTES / MAX_TEXT;
        (0..all).for_each(|key| learn(&processes, &[with(&key.to_string(), MAX_TEXT)]));
        assert!(processes.evicted() > 0 && processes.lock().bytes <= MAX_BYTES);
        assert!(processes.get("most").is_none());
    }
}
