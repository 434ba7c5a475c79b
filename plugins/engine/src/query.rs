//! A question over rows that lie there: what a rule's condition finds, ordered, grouped and cut.
//!
//! ```text
//! answer   what was found becomes an answer
//! found    what was found so far, on one thread or on all of them
//! screen   texts without which the condition is true nowhere
//! part     some rows of a batch as a batch
//! tally    an aggregate in the making
//! datum    values as they are told
//! ```
//!
//! Batches may come in any order and on any number of threads: what was found is merged, and the
//! answer is the same.

mod answer;
mod datum;
mod found;
mod part;
mod screen;
mod tally;

use daemoneye_plan::{
    Case, ColumnId, ColumnType, Keyed as PlannedKey, NodeId, OperandId, Ordered, Plan,
};
use daemoneye_sdk::rules::Batch;

pub use answer::Answer;
pub use datum::Datum;
pub use found::Found;

use crate::correlation::{Aggregate, encode};
use crate::index::necessary::{TextColumn, however_rare};
use crate::load::{Engine, LoadError, refused};
use crate::rule::{Constant, Held, Kind, Operand, Rule, Scope, Test};
use crate::scan::Scan;
use crate::steps::{Spent, Steps};
use crate::view::BatchError;
use found::{Group, Row};
use screen::Screen;

/// What the engine calls the question.
const NAME: &str = "query";
/// Steps to decide one row, and as many to tell of it.
const ROW_STEPS: u64 = 1_000_000;
/// Rows of one batch.
const BATCH_ROWS: u64 = 1024;

/// A question, ready to look at batches. One looks at one batch at a time; several threads have one
/// each.
#[derive(Debug)]
pub struct Query {
    engine: Engine,
    /// As places in the plan's columns.
    decisive: Vec<usize>,
    screen: Option<Screen>,
    shown: Vec<Keyed>,
    order: Vec<(Keyed, bool)>,
    groups: Option<Vec<Keyed>>,
    aggregates: Vec<Aggregate>,
    having: Option<usize>,
    distinct: bool,
    limit: Option<u64>,
    offset: u64,
    /// Columns that a group's row is told by, as places in the plan's.
    kept: Vec<(usize, ColumnType)>,
}

/// An operand, and how its texts are compared.
#[derive(Debug)]
struct Keyed {
    operand: Operand,
    case: Case,
}

impl Query {
    /// Makes the question ready.
    ///
    /// # Errors
    /// If a regular expression does not compile within its size limit.
    pub fn load(query: &daemoneye_plan::Query) -> Result<Self, LoadError> {
        let engine = Engine::load(vec![(NAME.to_owned(), query.plan().clone())])?;
        let (plan, shape) = (query.plan(), query.shape());
        let numbers: Vec<usize> = (0..plan.columns().len()).collect();
        let operand = |id: &OperandId| Operand::new(plan, &numbers, *id);
        let refused = |error| refused(error, NAME.to_owned());
        let keyed = |keyed: &PlannedKey| -> Result<Keyed, LoadError> {
            let operand = operand(&keyed.operand).map_err(refused)?;
            Ok(Keyed { operand, case: keyed.case })
        };
        let ordered = |ordered: &Ordered| -> Result<(Keyed, bool), LoadError> {
            Ok((keyed(&ordered.by)?, ordered.descending))
        };
        let kept = query.told_columns().into_iter().map(ColumnId::index);
        let kept = kept.map(|place| (place, plan.columns()[place].column_type));
        let groups: Option<Result<_, LoadError>> =
            shape.groups.as_ref().map(|groups| groups.iter().map(keyed).collect());
        let aggregates = shape.aggregates.iter().map(|a| Aggregate::new(a, operand));
        let decisive = query.decisive_columns().into_iter().map(ColumnId::index);
        Ok(Query {
            decisive: decisive.collect(),
            screen: screen(plan, &engine),
            shown: shape.shown.iter().map(keyed).collect::<Result<_, _>>()?,
            order: shape.order.iter().map(ordered).collect::<Result<_, _>>()?,
            groups: groups.transpose()?,
            aggregates: aggregates.collect::<Result<_, _>>().map_err(refused)?,
            having: shape.having.map(NodeId::index),
            distinct: shape.distinct,
            limit: shape.limit,
            offset: shape.offset,
            kept: kept.collect(),
            engine,
        })
    }

    /// The columns that batches must have, by name.
    pub fn columns(&self) -> &[String] {
        &self.engine.declaration().columns
    }

    /// Rows that are kept for an answer of so many, the one after them included.
    fn wanted(&self, most: u64) -> usize {
        let limit = self.limit.unwrap_or(u64::MAX).min(most.saturating_add(1));
        usize::try_from(limit.saturating_add(self.offset)).unwrap_or(usize::MAX)
    }

    /// Whether batches that are older than all that were looked at add nothing to an answer of
    /// `most` rows.
    pub fn has_enough(&self, found: &Found, most: u64) -> bool {
        self.groups.is_none() && self.order.is_empty() && found.rows.len() >= self.wanted(most)
    }

    /// The columns that decide which rows are found, by name.
    pub fn decisive(&self) -> impl Iterator<Item = &str> {
        self.decisive.iter().map(|column| &*self.columns()[*column])
    }

    /// The rows of a batch that the condition finds, ascending. Only columns that decide need to have
    /// values.
    ///
    /// # Errors
    /// If the batch does not have the columns.
    pub fn find(&self, batch: Batch, found: &mut Found) -> Result<Vec<u32>, BatchError> {
        if let Kind::Leaf(Test::Constant(truth)) = self.rule().node(self.rule().root()).kind {
            let rows = if truth == Some(true) { batch.rows } else { 0 };
            found.matched += u64::from(rows);
            return Ok((0..rows).collect());
        }
        let screened = self.screen.as_ref().map(|screen| screen.rows(&batch));
        if screened.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let (batch, places) = part::of(batch, screened);
        let scan = self.engine.open(batch)?;
        let candidates = match &places {
            Some(places) => (0..part::count(places.len())).collect(),
            None => scan.candidates().into_iter().flat_map(|candidate| candidate.rows).collect(),
        };
        let mut rows: Vec<u32> = candidates;
        rows.retain(|row| self.is_found(&scan, *row as usize, found));
        found.matched += rows.len() as u64;
        Ok(match places {
            Some(places) => rows.iter().map(|row| places[*row as usize]).collect(),
            None => rows,
        })
    }

    /// Tells of these rows of a batch, which [`Query::find`] found; `number` ascends with the time at
    /// which batches were stored.
    ///
    /// # Errors
    /// If the batch does not have the columns.
    pub fn tell(
        &self,
        batch: Batch,
        rows: &[u32],
        number: u64,
        most: u64,
        found: &mut Found,
    ) -> Result<(), BatchError> {
        let (batch, places) = part::of(batch, Some(rows.to_vec()));
        let scan = self.engine.open(batch)?;
        let mut key = Vec::new();
        // The newest first: of a group, the newest row is kept.
        for (at, row) in rows.iter().enumerate().rev() {
            let place = number * BATCH_ROWS + u64::from(*row);
            let row = if places.is_some() { at } else { *row as usize };
            if self.row(&scan, row, place, &mut key, found).is_err() {
                found.over_budget += 1;
            }
        }
        let wanted = self.wanted(most);
        if self.groups.is_none() && found.rows.len() / 2 > wanted {
            self.cut(found, wanted);
        }
        Ok(())
    }

    fn rule(&self) -> &Rule {
        &self.engine.rules[0]
    }

    fn is_found(&self, scan: &Scan<'_>, row: usize, found: &mut Found) -> bool {
        let rule = self.rule();
        let scope = Scope::new(rule.nodes(), &[], &scan.view, row);
        match scope.truth(rule.root(), &mut Steps::new(ROW_STEPS)) {
            Ok(truth) => truth == Some(true),
            Err(Spent) => {
                found.over_budget += 1;
                false
            }
        }
    }

    fn row(
        &self,
        scan: &Scan<'_>,
        row: usize,
        place: u64,
        key: &mut Vec<u8>,
        found: &mut Found,
    ) -> Result<(), Spent> {
        let steps = &mut Steps::new(ROW_STEPS);
        let scope = Scope::new(self.rule().nodes(), &[], &scan.view, row);
        let Some(groups) = &self.groups else {
            let row = self.told(&scope, place, steps)?;
            found.add(row);
            return Ok(());
        };
        key.clear();
        for group in groups {
            group.encode(&scope, steps, key)?;
        }
        let told = |steps: &mut Steps| self.group(&scope, place, steps);
        let group = found.group(key, place, steps, told)?;
        let mut grown = 0;
        for (tally, aggregate) in group.tallies.iter_mut().zip(&self.aggregates) {
            grown += tally.add(aggregate, &scope, steps)?;
        }
        found.grow(grown);
        Ok(())
    }

    /// A row of the answer.
    fn told(&self, scope: &Scope<'_>, place: u64, steps: &mut Steps) -> Result<Row, Spent> {
        let mut shown = Vec::with_capacity(self.shown.len());
        for keyed in &self.shown {
            shown.push(Datum::from(keyed.held(scope, steps)?));
        }
        let mut order = Vec::with_capacity(self.order.len());
        for (keyed, _) in &self.order {
            order.push(Constant::from(keyed.held(scope, steps)?));
        }
        Ok(Row { place, order: order.into(), shown: shown.into() })
    }

    /// A group that begins with the row.
    fn group(&self, scope: &Scope<'_>, place: u64, steps: &mut Steps) -> Result<Group, Spent> {
        let mut row = Vec::with_capacity(self.kept.len());
        for (column, _) in &self.kept {
            let value = scope.view.value(*column, scope.row);
            steps.read(value.len())?;
            row.push(Datum::from(value));
        }
        let tallies = self.aggregates.iter().map(tally::Tally::new).collect();
        Ok(Group { place, row: row.into(), tallies })
    }
}

/// What the condition needs of the texts that it looks at.
fn screen(plan: &Plan, engine: &Engine) -> Option<Screen> {
    let text_column = |number: usize| {
        let column = &plan.columns()[number];
        let is_text = column.column_type == ColumnType::Text;
        is_text.then_some(TextColumn { number, name: &column.name })
    };
    however_rare(&engine.rules[0], text_column, |_| ()).and_then(Screen::new)
}

impl Keyed {
    fn held<'a>(&'a self, scope: &Scope<'a>, steps: &mut Steps) -> Result<Held<'a>, Spent> {
        let held = self.operand.held(scope, steps)?;
        steps.read(held.len()).map(|()| held)
    }

    fn encode(&self, scope: &Scope<'_>, steps: &mut Steps, key: &mut Vec<u8>) -> Result<(), Spent> {
        self.operand.look(scope, steps, |value, steps| {
            steps.read(value.len())?;
            encode(value, self.case, key);
            Ok(())
        })
    }
}
