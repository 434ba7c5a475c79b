//! What was found becomes an answer: groups are told, rows are ordered and cut.

use std::cmp::Ordering;

use daemoneye_plan::Case;
use daemoneye_sdk::rules::{Batch, Column};
use rustc_hash::FxHashSet;

use super::found::{Found, Group, Row};
use super::tally::Tally;
use super::{BATCH_ROWS, Datum, Query, ROW_STEPS, datum};
use crate::rule::{Constant, Scope};
use crate::scan::Scan;
use crate::steps::{Spent, Steps};

/// Rows of the answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// One value per column each.
    pub rows: Vec<Vec<Datum>>,
    /// Whether there were more than were wanted.
    pub more: bool,
    /// Rows and groups that took more than their steps and are not in the answer.
    pub over_budget: u64,
}

impl Query {
    /// What was found, as an answer of at most so many rows.
    pub fn answer(&self, mut found: Found, most: u64) -> Answer {
        if self.groups.is_some() {
            self.tell_groups(&mut found);
        }
        self.cut(&mut found, self.wanted(most));
        let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let mut rows = found.rows.into_iter().skip(offset).map(|row| row.shown.into());
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut told: Vec<Vec<Datum>> = rows.by_ref().take(most).collect();
        let more = rows.next().is_some();
        if self.order.is_empty() {
            told.reverse();
        }
        Answer { rows: told, more, over_budget: found.over_budget }
    }

    /// Orders the rows and forgets all but the first.
    pub(super) fn cut(&self, found: &mut Found, wanted: usize) {
        found.rows.sort_unstable_by(|a, b| self.compare(a, b));
        found.rows.truncate(wanted);
        found.weigh();
    }

    /// Rows that are equal in all that is asked for are told the newest first.
    fn compare(&self, a: &Row, b: &Row) -> Ordering {
        let by_key = self.order.iter().zip(a.order.iter().zip(&b.order));
        let mut orders = by_key.map(|((keyed, descending), (a, b))| {
            let found = order(a, b, keyed.case);
            if *descending { found.reverse() } else { found }
        });
        let newest_first = b.place.cmp(&a.place);
        orders.find(|order| order.is_ne()).unwrap_or(newest_first)
    }

    /// Groups become rows of the answer: a batch of the rows that stand for them is made, so that the
    /// engine looks at them as at any others.
    fn tell_groups(&self, found: &mut Found) {
        let mut groups: Vec<Group> = std::mem::take(&mut found.groups).into_values().collect();
        if groups.is_empty() && self.groups.as_ref().is_some_and(Vec::is_empty) {
            groups.push(self.nothing());
        }
        let mut seen = FxHashSet::default();
        groups.sort_unstable_by_key(|group| std::cmp::Reverse(group.place));
        for some in groups.chunks(BATCH_ROWS as usize) {
            let Ok(scan) = self.engine.open(self.batch(some)) else { return };
            for (row, group) in some.iter().enumerate() {
                match self.group_row(&scan, row, group, &mut seen) {
                    Ok(Some(row)) => found.rows.push(row),
                    Ok(None) => {}
                    Err(Spent) => found.over_budget += 1,
                }
            }
        }
    }

    /// The group of no rows: aggregates of nothing are told all the same.
    fn nothing(&self) -> Group {
        let row = self.kept.iter().map(|_| Datum::Null).collect();
        Group { place: 0, row, tallies: self.aggregates.iter().map(Tally::new).collect() }
    }

    fn batch(&self, groups: &[Group]) -> Batch {
        let mut columns: Vec<Column> = self.columns().iter().map(|_| Column::Absent).collect();
        for (place, (column, column_type)) in self.kept.iter().enumerate() {
            let values = groups.iter().map(|group| &group.row[place]);
            columns[*column] = datum::column(values, *column_type);
        }
        Batch::new(u32::try_from(groups.len()).expect("at most a batch"), columns)
    }

    fn group_row(
        &self,
        scan: &Scan<'_>,
        row: usize,
        group: &Group,
        seen: &mut FxHashSet<Vec<u8>>,
    ) -> Result<Option<Row>, Spent> {
        let numbers: Vec<Constant> =
            group.tallies.iter().zip(&self.aggregates).map(|(t, a)| t.number(a)).collect();
        let steps = &mut Steps::new(ROW_STEPS);
        let scope = Scope::new(self.rule().nodes(), &[], &scan.view, row).of_group(&numbers);
        if let Some(having) = self.having
            && scope.truth(having, steps)? != Some(true)
        {
            return Ok(None);
        }
        if self.distinct {
            let mut key = Vec::new();
            for keyed in &self.shown {
                keyed.encode(&scope, steps, &mut key)?;
            }
            if !seen.insert(key) {
                return Ok(None);
            }
        }
        self.told(&scope, group.place, steps).map(Some)
    }
}

/// NULL comes first.
fn order(a: &Constant, b: &Constant, case: Case) -> Ordering {
    match (a, b) {
        (Constant::Null, Constant::Null) => Ordering::Equal,
        (Constant::Null, _) => Ordering::Less,
        (_, Constant::Null) => Ordering::Greater,
        _ => a.value().order(b.value(), case).unwrap_or(Ordering::Equal),
    }
}
