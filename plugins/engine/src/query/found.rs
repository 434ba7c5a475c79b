//! What was found so far.

use rustc_hash::FxHashMap;

use super::datum::Datum;
use super::tally::Tally;
use crate::rule::Constant;
use crate::steps::{Spent, Steps};

/// What was found in some batches; that of others can be added.
#[derive(Debug, Default)]
pub struct Found {
    pub(super) rows: Vec<Row>,
    pub(super) groups: FxHashMap<Box<[u8]>, Group>,
    /// Rows that the condition found.
    pub matched: u64,
    /// Rows that took more than their steps.
    pub over_budget: u64,
    bytes: usize,
}

/// One row of the answer.
#[derive(Debug)]
pub(super) struct Row {
    /// Ascends with the time at which rows were stored.
    pub(super) place: u64,
    pub(super) order: Box<[Constant]>,
    pub(super) shown: Box<[Datum]>,
}

/// Rows that are told together.
#[derive(Debug)]
pub(super) struct Group {
    /// Of the newest of its rows, which is the one that is kept.
    pub(super) place: u64,
    pub(super) row: Box<[Datum]>,
    pub(super) tallies: Box<[Tally]>,
}

impl Row {
    fn bytes(&self) -> usize {
        let order = self.order.iter().map(Constant::bytes).sum::<usize>();
        size_of::<Row>() + order + self.shown.iter().map(Datum::bytes).sum::<usize>()
    }
}

impl Group {
    fn bytes(&self) -> usize {
        let row = self.row.iter().map(Datum::bytes).sum::<usize>();
        size_of::<Group>() + row + self.tallies.iter().map(Tally::bytes).sum::<usize>()
    }
}

impl Found {
    /// Bytes that it takes, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn grow(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    /// Counts the bytes anew.
    pub(super) fn weigh(&mut self) {
        let rows = self.rows.iter().map(Row::bytes).sum::<usize>();
        let groups = self.groups.iter().map(|(key, group)| key.len() + group.bytes());
        self.bytes = rows + groups.sum::<usize>();
    }

    pub(super) fn add(&mut self, row: Row) {
        self.bytes += row.bytes();
        self.rows.push(row);
    }

    /// The group with the key. One that is new, or whose newest row is older than this one, takes
    /// this row.
    pub(super) fn group(
        &mut self,
        key: &[u8],
        place: u64,
        steps: &mut Steps,
        told: impl FnOnce(&mut Steps) -> Result<Group, Spent>,
    ) -> Result<&mut Group, Spent> {
        let newest = self.groups.get(key).map(|group| group.place);
        match newest {
            Some(newest) if newest >= place => {}
            Some(_) => {
                let Group { row, .. } = told(steps)?;
                let group = self.groups.get_mut(key).expect("it was found");
                (group.place, group.row) = (place, row);
            }
            None => {
                let group = told(steps)?;
                self.bytes += key.len() + group.bytes();
                self.groups.insert(key.into(), group);
            }
        }
        Ok(self.groups.get_mut(key).expect("it was found or inserted"))
    }

    /// Adds what was found elsewhere.
    pub fn merge(&mut self, other: Found) {
        self.matched += other.matched;
        self.over_budget += other.over_budget;
        self.bytes += other.bytes;
        self.rows.extend(other.rows);
        for (key, group) in other.groups {
            match self.groups.get_mut(&key) {
                None => drop(self.groups.insert(key, group)),
                Some(known) => {
                    if group.place > known.place {
                        (known.place, known.row) = (group.place, group.row);
                    }
                    for (tally, other) in known.tallies.iter_mut().zip(group.tallies) {
                        tally.merge(other);
                    }
                }
            }
        }
    }
}
