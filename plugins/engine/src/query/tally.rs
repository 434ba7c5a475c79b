//! An aggregate in the making: what is remembered of rows that are gone.

use std::cmp::Ordering;

use daemoneye_plan::{AggregateFunction, Case};
use rustc_hash::FxHashMap;

use crate::correlation::{Aggregate, Sum};
use crate::number::Number;
use crate::rule::{Constant, Scope};
use crate::steps::{Spent, Steps};
use crate::view::Value;

/// Bytes of a value that counts once, without its text.
const ENTRY_BYTES: usize = 64;

/// An aggregate of the rows so far.
#[derive(Debug)]
pub(super) enum Tally {
    Count(i64),
    Sum(Sum),
    /// The least or the greatest.
    Extreme {
        best: Constant,
        wanted: Ordering,
        case: Case,
    },
    /// Values that count once, by the bytes that equal ones share.
    Distinct(FxHashMap<Box<[u8]>, Constant>),
}

impl Tally {
    pub(super) fn new(aggregate: &Aggregate) -> Self {
        if aggregate.distinct {
            return Tally::Distinct(FxHashMap::default());
        }
        let extreme =
            |wanted| Tally::Extreme { best: Constant::Null, wanted, case: aggregate.case };
        match aggregate.function {
            AggregateFunction::Count => Tally::Count(0),
            AggregateFunction::Sum | AggregateFunction::Average => Tally::Sum(Sum::default()),
            AggregateFunction::Minimum => extreme(Ordering::Less),
            AggregateFunction::Maximum => extreme(Ordering::Greater),
        }
    }

    /// Adds what the row has; returns how many bytes it grew.
    pub(super) fn add(
        &mut self,
        aggregate: &Aggregate,
        scope: &Scope<'_>,
        steps: &mut Steps,
    ) -> Result<usize, Spent> {
        let Some(operand) = aggregate.operand() else {
            if let Tally::Count(rows) = self {
                *rows += 1;
            }
            return Ok(0);
        };
        operand.look(scope, steps, |value, steps| {
            steps.read(value.len())?;
            Ok(if matches!(value, Value::Null) { 0 } else { self.take(aggregate, value) })
        })
    }

    fn take(&mut self, aggregate: &Aggregate, value: Value<'_>) -> usize {
        match self {
            Tally::Count(rows) => *rows += 1,
            Tally::Sum(sum) => sum.add(value),
            Tally::Extreme { best, wanted, case } => {
                let order = value.order(best.value(), *case);
                if order.is_none_or(|order| order == *wanted) {
                    *best = Constant::from(value);
                }
            }
            Tally::Distinct(values) => {
                let before = values.len();
                let key = aggregate.key(value);
                values.entry(key).or_insert_with(|| Constant::from(value));
                return (values.len() - before) * (ENTRY_BYTES + 3 * value.len());
            }
        }
        0
    }

    /// Adds what is remembered of other rows.
    pub(super) fn merge(&mut self, other: Tally) {
        match (self, other) {
            (Tally::Count(rows), Tally::Count(more)) => *rows += more,
            (Tally::Sum(sum), Tally::Sum(more)) => sum.merge(&more),
            (Tally::Extreme { best, wanted, case }, Tally::Extreme { best: other, .. }) => {
                let order = other.value().order(best.value(), *case);
                let is_first = matches!(best, Constant::Null);
                if is_first || order == Some(*wanted) {
                    *best = other;
                }
            }
            (Tally::Distinct(values), Tally::Distinct(more)) => values.extend(more),
            _ => unreachable!("tallies of one aggregate are alike"),
        }
    }

    /// The number of all rows.
    pub(super) fn number(&self, aggregate: &Aggregate) -> Constant {
        match self {
            Tally::Count(rows) => Constant::Number(Number::Integer(*rows)),
            Tally::Sum(sum) if aggregate.function == AggregateFunction::Average => sum.average(),
            Tally::Sum(sum) => sum.total(),
            Tally::Extreme { best, .. } => best.clone(),
            Tally::Distinct(values) => aggregate.of(values.values()),
        }
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        let of_values = match self {
            Tally::Distinct(values) => {
                values.iter().map(|(key, value)| ENTRY_BYTES + key.len() + value.bytes()).sum()
            }
            Tally::Extreme { best, .. } => best.bytes(),
            Tally::Count(_) | Tally::Sum(_) => 0,
        };
        size_of::<Tally>() + of_values
    }
}
