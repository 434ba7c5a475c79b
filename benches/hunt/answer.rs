//! What a contender answers, to be compared with what the others do.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::ROUNDS;

/// One value per column.
pub(crate) type Row = Vec<Value>;

/// All rows, and how long they took.
pub(crate) struct Answer {
    rows: Vec<Row>,
    pub(crate) time: Duration,
}

impl Answer {
    /// Rows in whatever order they came.
    pub(crate) fn new(mut rows: Vec<Row>, time: Duration) -> Self {
        rows.sort_by_cached_key(|row| format!("{row:?}"));
        Answer { rows, time }
    }

    /// The median time of some rounds after one that counts for nothing.
    pub(crate) fn of(mut round: impl FnMut() -> Result<Vec<Row>>) -> Result<Self> {
        let mut rows = round()?;
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let start = Instant::now();
            rows = round()?;
            times.push(start.elapsed());
        }
        times.sort_unstable();
        Ok(Answer::new(rows, times[ROUNDS / 2]))
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Fails where the other says something else.
    pub(crate) fn must_be(&self, other: &Answer, whose: impl fmt::Display) -> Result<()> {
        let different = self.rows.iter().zip(&other.rows).find(|(own, other)| own != other);
        ensure!(different.is_none(), "{whose} has another row: {different:?}");
        ensure!(self.rows() == other.rows(), "{whose} finds {} rows", other.rows());
        Ok(())
    }
}
