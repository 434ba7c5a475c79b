//! What the engine remembers, as bytes: another engine goes on where this one ends.
//!
//! The bytes are postcard: a head, the processes from the one heard of longest ago on, then each rule
//! that has groups, by id and a hash of its plan, each followed by its groups. Only engines of the
//! same build read what they write.

mod wire;

use serde::{Deserialize, Serialize};

use crate::load::{Counters, Engine, State};
use crate::processes::Processes;
pub(crate) use wire::{Kept, Reader, Writer, count};

/// The version of the bytes.
const VERSION: u16 = 1;

/// Why bytes are not what an engine has saved. The engine remembers nothing then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// Of another version.
    #[error("memory of version {0}, not {VERSION}")]
    Version(u16),
    /// Not what postcard writes.
    #[error("memory is malformed: {0}")]
    Malformed(#[from] postcard::Error),
    /// Bytes after the end.
    #[error("memory is followed by {0} bytes")]
    Trailing(usize),
    /// Rows that are none of their rule.
    #[error("rows of rule {0:?} do not fit its plan")]
    Row(String),
}

#[derive(Serialize, Deserialize)]
struct Head<'a> {
    counters: Counters,
    /// Those of the table of processes, by name.
    #[serde(borrow)]
    columns: Vec<&'a str>,
    processes: u32,
    rules: u32,
}

/// What comes before the groups of a rule.
#[derive(Serialize, Deserialize)]
pub(crate) struct RuleHead<'a> {
    rule: &'a str,
    plan: [u8; 32],
    pub(crate) newest: Option<i64>,
    pub(crate) groups: u32,
}

impl Engine {
    /// What it remembers. That stays.
    pub fn save(&self) -> Vec<u8> {
        let state = self.state();
        let (processes, columns) = match &state.processes {
            Some(processes) => (processes.len(), self.names(processes)),
            None => (0, Vec::new()),
        };
        let rules: Vec<usize> = state.groups.rules().collect();
        let room = state.groups.bytes() + state.processes.as_ref().map_or(0, Processes::bytes);
        let mut writer = Writer::with_room_for(room);
        writer.put(&VERSION);
        let counters = state.counters();
        writer.put(&Head { counters, columns, processes, rules: count(rules.len()) });
        if let Some(processes) = &state.processes {
            processes.save(&mut writer);
        }
        for rule in rules {
            let Some(correlation) = self.rules[rule].correlation() else { continue };
            let (newest, groups) = state.groups.extent(rule);
            let id = &self.declaration().rules[rule].id;
            writer.put(&RuleHead { rule: id, plan: correlation.fingerprint, newest, groups });
            state.groups.save(rule, &mut writer);
        }
        writer.finish()
    }

    /// Takes over what another engine has saved, in place of what this one remembers: the processes,
    /// and the groups of each rule whose plan is the same.
    ///
    /// # Errors
    /// If the bytes are not what an engine of this version has saved; nothing is remembered then.
    pub fn restore(&self, bytes: &[u8]) -> Result<(), RestoreError> {
        let mut state = self.state();
        state.forget();
        let restored = self.read(bytes, &mut state);
        if restored.is_err() {
            state.forget();
        }
        restored
    }

    fn read(&self, bytes: &[u8], state: &mut State) -> Result<(), RestoreError> {
        let mut reader = Reader::new(bytes);
        let version = reader.next()?;
        if version != VERSION {
            return Err(RestoreError::Version(version));
        }
        let Head { counters, columns, processes, rules } = reader.next()?;
        state.before = counters;
        let places = state.processes.as_ref().map(|table| self.places(table, &columns));
        for _ in 0..processes {
            let (key, values): (Kept<'_>, Vec<Kept<'_>>) = reader.next()?;
            if let (Some(table), Some(places)) = (&mut state.processes, &places) {
                table.restore(key, &values, places);
            }
        }
        for _ in 0..rules {
            let head: RuleHead<'_> = reader.next()?;
            self.read_groups(&head, &mut reader, state)?;
        }
        reader.finish()
    }

    fn read_groups(
        &self,
        head: &RuleHead<'_>,
        reader: &mut Reader<'_>,
        state: &mut State,
    ) -> Result<(), RestoreError> {
        let same = self.declaration().rules.iter().position(|rule| rule.id == head.rule);
        let same = same.and_then(|number| Some((number, self.rules[number].correlation()?)));
        match same.filter(|(_, correlation)| correlation.fingerprint == head.plan) {
            Some((number, correlation)) => {
                let fits = state.groups.restore(number, correlation, head, reader)?;
                fits.then_some(()).ok_or_else(|| RestoreError::Row(head.rule.to_owned()))
            }
            None => {
                state.before.dropped_groups += u64::from(head.groups);
                crate::correlation::Groups::pass_over(head, reader)
            }
        }
    }

    /// The names of the table's columns.
    fn names(&self, table: &Processes) -> Vec<&str> {
        table.columns().iter().map(|column| &*self.declaration().columns[*column]).collect()
    }

    /// Where among these names each of the table's columns is.
    fn places(&self, table: &Processes, saved: &[&str]) -> Vec<Option<usize>> {
        let place = |name: &str| saved.iter().position(|other| *other == name);
        self.names(table).into_iter().map(place).collect()
    }
}

impl State {
    /// As at the beginning.
    fn forget(&mut self) {
        self.groups = crate::correlation::Groups::default();
        self.before = Counters::default();
        if let Some(processes) = &mut self.processes {
            processes.forget_all();
        }
    }
}
