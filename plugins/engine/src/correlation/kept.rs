//! The groups of a rule as bytes, and back.

use serde::{Deserialize, Serialize};

use super::Correlation;
use super::group::{Group, Row};
use super::groups::Groups;
use crate::memory::{Kept, Reader, RestoreError, RuleHead, Writer};
use crate::rule::Constant;

/// A group without its rows, which follow.
#[derive(Serialize, Deserialize)]
struct GroupHead<'a> {
    touched: u64,
    #[serde(borrow, with = "serde_bytes")]
    key: &'a [u8],
    newest: i64,
    rows: u32,
}

/// Stage, time, and what it adds to each aggregate.
type KeptRow<'a> = (u32, i64, Vec<Kept<'a>>);

impl Groups {
    /// Writes the rule's groups, in no particular order.
    pub(crate) fn save(&self, rule: usize, writer: &mut Writer) {
        for (key, touched, group) in self.of_rule(rule) {
            let (newest, rows) = (group.newest, crate::memory::count(group.rows.len()));
            writer.put(&GroupHead { touched, key, newest, rows });
            for Row { time, stage, values } in &group.rows {
                let values: Vec<Kept<'_>> = values.iter().map(Kept::from).collect();
                let row: KeptRow<'_> = (crate::memory::count(*stage), *time, values);
                writer.put(&row);
            }
        }
    }

    /// Reads the rule's groups. Whether all rows are of this correlation.
    pub(crate) fn restore(
        &mut self,
        rule: usize,
        correlation: &Correlation,
        head: &RuleHead<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<bool, RestoreError> {
        for _ in 0..head.groups {
            let GroupHead { touched, key, newest, rows } = reader.next()?;
            let mut group = Group::new(newest, correlation.stages.len(), correlation.aggregates());
            for _ in 0..rows {
                let Some(row) = correlation.row_of(reader.next()?) else { return Ok(false) };
                group.take_back(row, correlation.aggregates());
            }
            self.put_back(rule, correlation, head.newest, key, touched, group);
        }
        Ok(true)
    }

    /// Reads the groups of a rule that is not there.
    pub(crate) fn pass_over(
        head: &RuleHead<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<(), RestoreError> {
        for _ in 0..head.groups {
            let GroupHead { rows, .. } = reader.next()?;
            for _ in 0..rows {
                reader.next::<KeptRow<'_>>()?;
            }
        }
        Ok(())
    }
}

impl Correlation {
    fn row_of(&self, (stage, time, values): KeptRow<'_>) -> Option<Row> {
        let stage = stage as usize;
        let fits = stage < self.stages.len() && values.len() == self.aggregates().len();
        let values = values.into_iter().map(Constant::from).collect();
        fits.then_some(Row { time, stage, values })
    }
}
