//! The rows of one group within the window.

use std::collections::VecDeque;

use daemoneye_plan::AggregateFunction;
use rustc_hash::FxHashMap;

use super::aggregate::{Aggregate, count};
use crate::rule::Constant;
use crate::steps::{Spent, Steps};
use crate::view::Value;

/// Most rows of one group.
pub(crate) const MAX_ROWS: usize = 4_096;

/// What is remembered of a row.
#[derive(Debug)]
pub(crate) struct Row {
    /// Microseconds since the Unix epoch.
    pub(super) time: i64,
    pub(super) stage: usize,
    /// What it adds to each aggregate.
    pub(super) values: Box<[Constant]>,
}

/// The rows, by time; those of the same time as they came.
#[derive(Debug)]
pub(crate) struct Group {
    pub(super) newest: i64,
    pub(super) rows: VecDeque<Row>,
    /// Rows of each stage.
    stages: Vec<usize>,
    tallies: Vec<Tally>,
    /// Bytes of all rows.
    pub(super) bytes: usize,
}

/// What is known of an aggregate without looking at the rows.
#[derive(Debug)]
enum Tally {
    Rows,
    Values(usize),
    /// How often each value occurs.
    Distinct(FxHashMap<Box<[u8]>, usize>),
    /// Nothing.
    None,
}

impl Row {
    /// Bytes that it takes, twice for what is counted by value.
    fn bytes(&self) -> usize {
        size_of::<Row>() + 2 * self.values.iter().map(Constant::bytes).sum::<usize>()
    }
}

impl Group {
    pub(super) fn new(newest: i64, stages: usize, aggregates: &[Aggregate]) -> Self {
        let tallies = aggregates.iter().map(Tally::new).collect();
        Group { newest, rows: VecDeque::new(), stages: vec![0; stages], tallies, bytes: 0 }
    }

    /// Adds the row where its time belongs. Says how many rows had to go for it.
    pub(super) fn add(
        &mut self,
        row: Row,
        window: i64,
        aggregates: &[Aggregate],
        steps: &mut Steps,
    ) -> Result<u64, Spent> {
        let place = self.rows.partition_point(|other| other.time <= row.time);
        steps.spend(1 + (self.rows.len() - place) as u64 / 16)?;
        self.newest = self.newest.max(row.time);
        self.note(&row, aggregates);
        self.rows.insert(place, row);
        let oldest = self.newest.saturating_sub(window);
        while self.rows.front().is_some_and(|row| row.time < oldest) {
            self.remove_first(aggregates);
        }
        let over = self.rows.len().saturating_sub(MAX_ROWS);
        (0..over).for_each(|_| self.remove_first(aggregates));
        Ok(over as u64)
    }

    /// Adds a row that another engine had, after those that it had before it.
    pub(super) fn take_back(&mut self, row: Row, aggregates: &[Aggregate]) {
        self.note(&row, aggregates);
        self.rows.push_back(row);
        if self.rows.len() > MAX_ROWS {
            self.remove_first(aggregates);
        }
    }

    fn note(&mut self, row: &Row, aggregates: &[Aggregate]) {
        self.bytes += row.bytes();
        self.stages[row.stage] += 1;
        for (tally, (aggregate, value)) in
            self.tallies.iter_mut().zip(aggregates.iter().zip(&row.values))
        {
            tally.add(aggregate, value.value());
        }
    }

    fn remove_first(&mut self, aggregates: &[Aggregate]) {
        let Some(row) = self.rows.pop_front() else { return };
        self.bytes -= row.bytes();
        self.stages[row.stage] -= 1;
        for (tally, (aggregate, value)) in
            self.tallies.iter_mut().zip(aggregates.iter().zip(&row.values))
        {
            tally.remove(aggregate, value.value());
        }
    }

    /// Forgets every row, but not how far time has come.
    pub(super) fn restart(&mut self) {
        self.rows = VecDeque::new();
        self.stages.fill(0);
        self.tallies.iter_mut().for_each(Tally::restart);
        self.bytes = 0;
    }

    pub(super) fn has_each_stage(&self) -> bool {
        self.stages.iter().all(|rows| *rows > 0)
    }

    /// Whether there is a row of each stage, each not before the one of the stage before. The first
    /// row that fits leaves the most for the stages that follow.
    pub(super) fn has_order(&self, steps: &mut Steps) -> Result<bool, Spent> {
        if !self.has_each_stage() {
            return Ok(false);
        }
        let mut time = i64::MIN;
        for stage in 0..self.stages.len() {
            steps.spend(1 + self.rows.len() as u64 / 4)?;
            let from = self.rows.partition_point(|row| row.time < time);
            let found = self.rows.range(from..).find(|row| row.stage == stage);
            let Some(row) = found else { return Ok(false) };
            time = row.time;
        }
        Ok(true)
    }

    /// The aggregate in this place.
    pub(super) fn aggregate(
        &self,
        place: usize,
        aggregate: &Aggregate,
        steps: &mut Steps,
    ) -> Result<Constant, Spent> {
        steps.spend(1)?;
        match &self.tallies[place] {
            Tally::Rows => Ok(count(self.rows.len())),
            Tally::Values(values) => Ok(count(*values)),
            Tally::Distinct(values) => Ok(count(values.len())),
            Tally::None => {
                steps.spend((self.rows.len() + self.bytes / 16) as u64)?;
                Ok(aggregate.of(self.rows.iter().map(|row| &row.values[place])))
            }
        }
    }
}

impl Tally {
    fn new(aggregate: &Aggregate) -> Self {
        match aggregate.function {
            AggregateFunction::Count if aggregate.counts_rows() => Tally::Rows,
            AggregateFunction::Count if aggregate.distinct => Tally::Distinct(FxHashMap::default()),
            AggregateFunction::Count => Tally::Values(0),
            _ => Tally::None,
        }
    }

    fn add(&mut self, aggregate: &Aggregate, value: Value<'_>) {
        match self {
            _ if matches!(value, Value::Null) => {}
            Tally::Rows | Tally::None => {}
            Tally::Values(values) => *values += 1,
            Tally::Distinct(values) => *values.entry(aggregate.key(value)).or_default() += 1,
        }
    }

    fn remove(&mut self, aggregate: &Aggregate, value: Value<'_>) {
        match self {
            _ if matches!(value, Value::Null) => {}
            Tally::Rows | Tally::None => {}
            Tally::Values(values) => *values -= 1,
            Tally::Distinct(values) => {
                let key = aggregate.key(value);
                if let Some(times) = values.get_mut(&key) {
                    *times -= 1;
                    if *times == 0 {
                        values.remove(&key);
                    }
                }
            }
        }
    }

    fn restart(&mut self) {
        match self {
            Tally::Rows | Tally::None => {}
            Tally::Values(values) => *values = 0,
            Tally::Distinct(values) => *values = FxHashMap::default(),
        }
    }
}
