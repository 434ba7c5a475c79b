//! Numbers over the rows of a group, as SQLite computes them.

use std::cmp::Ordering;

use daemoneye_plan::{Aggregate as Planned, AggregateFunction, Case, OperandId};
use rustc_hash::FxHashSet;

use super::key;
use crate::number::Number;
use crate::rule::{Constant, Operand, RuleError, Scope};
use crate::steps::{Spent, Steps};
use crate::view::Value;

/// One number over the rows.
#[derive(Debug)]
pub(crate) struct Aggregate {
    pub(crate) function: AggregateFunction,
    operand: Option<Operand>,
    pub(crate) distinct: bool,
    pub(crate) case: Case,
}

impl Aggregate {
    pub(crate) fn new(
        planned: &Planned,
        operand: impl Fn(&OperandId) -> Result<Operand, RuleError>,
    ) -> Result<Self, RuleError> {
        let Planned { function, distinct, case, .. } = *planned;
        let operand = planned.operand.as_ref().map(operand).transpose()?;
        Ok(Aggregate { function, operand, distinct, case })
    }

    /// What a person is shown of it: a column; nothing if it counts rows.
    pub(crate) fn shown(&self) -> Option<&Operand> {
        self.operand.as_ref().and_then(Operand::shown)
    }

    /// What it is made of; nothing if it counts rows.
    pub(crate) fn operand(&self) -> Option<&Operand> {
        self.operand.as_ref()
    }

    /// Whether it counts rows, whatever is in them.
    pub(super) fn counts_rows(&self) -> bool {
        self.operand.is_none()
    }

    /// What the row adds.
    pub(super) fn value(&self, scope: &Scope<'_>, steps: &mut Steps) -> Result<Constant, Spent> {
        let Some(operand) = &self.operand else { return Ok(Constant::Null) };
        let held = operand.held(scope, steps)?;
        steps.read(held.len()).map(|()| Constant::from(held))
    }

    /// The number of these values, in the order of their rows.
    pub(crate) fn of<'a>(&self, values: impl Iterator<Item = &'a Constant>) -> Constant {
        let mut seen = FxHashSet::default();
        let values = values.map(Constant::value).filter(|value| match value {
            Value::Null => false,
            value => !self.distinct || seen.insert(self.key(*value)),
        });
        match self.function {
            AggregateFunction::Count => count(values.count()),
            AggregateFunction::Sum => Sum::of(values).total(),
            AggregateFunction::Average => Sum::of(values).average(),
            AggregateFunction::Minimum => self.extreme(values, Ordering::Less),
            AggregateFunction::Maximum => self.extreme(values, Ordering::Greater),
        }
    }

    /// Bytes that are the same for values that count once.
    pub(crate) fn key(&self, value: Value<'_>) -> Box<[u8]> {
        let mut bytes = Vec::new();
        key::encode(value, self.case, &mut bytes);
        bytes.into()
    }

    /// Of equal values, the first.
    fn extreme<'a>(&self, values: impl Iterator<Item = Value<'a>>, wanted: Ordering) -> Constant {
        let best =
            values.reduce(
                |best, next| {
                    if next.order(best, self.case) == Some(wanted) { next } else { best }
                },
            );
        best.map_or(Constant::Null, Constant::from)
    }
}

pub(super) fn count(number: usize) -> Constant {
    Constant::Number(Number::Integer(i64::try_from(number).unwrap_or(i64::MAX)))
}

/// A sum in the making, NULL of nothing. It is an integer while every value is one and it fits;
/// SQLite fails where integers do not fit, here they become a float.
#[derive(Debug, Default)]
pub(crate) struct Sum {
    whole: i64,
    is_float: bool,
    floats: Compensated,
    count: u64,
}

impl Sum {
    fn of<'a>(values: impl Iterator<Item = Value<'a>>) -> Self {
        let mut sum = Sum::default();
        values.for_each(|value| sum.add(value));
        sum
    }

    /// Adds a value; NULL adds nothing.
    pub(crate) fn add(&mut self, value: Value<'_>) {
        let Some(number) = number(value) else { return };
        self.count += 1;
        self.floats.add(number);
        match number {
            Number::Integer(integer) => self.add_whole(integer),
            Number::Float(_) => self.is_float = true,
        }
    }

    /// Adds what is the sum of other values.
    pub(crate) fn merge(&mut self, other: &Sum) {
        self.count += other.count;
        self.floats.add_float(other.floats.sum);
        self.floats.add_float(other.floats.lost);
        self.is_float |= other.is_float;
        self.add_whole(other.whole);
    }

    fn add_whole(&mut self, integer: i64) {
        match self.whole.checked_add(integer) {
            Some(sum) => self.whole = sum,
            None => self.is_float = true,
        }
    }

    /// The sum.
    pub(crate) fn total(&self) -> Constant {
        match self.count {
            0 => Constant::Null,
            _ if self.is_float => Constant::Number(Number::Float(self.floats.sum())),
            _ => Constant::Number(Number::Integer(self.whole)),
        }
    }

    /// The mean.
    pub(crate) fn average(&self) -> Constant {
        let Constant::Number(sum) = self.total() else { return Constant::Null };
        Constant::Number(Number::Float(sum.float() / self.count as f64))
    }
}

/// Text that reads as a number is that number; other text is the float that it begins with.
fn number(value: Value<'_>) -> Option<Number> {
    match value {
        Value::Null => None,
        Value::Number(number) => Some(number),
        Value::Text { raw, .. } => {
            Some(Number::parse(raw).unwrap_or_else(|| Number::Float(Number::leading(raw).float())))
        }
    }
}

/// A sum of floats that keeps what rounding loses, after Kahan, Babuška and Neumaier.
#[derive(Debug, Default)]
struct Compensated {
    sum: f64,
    lost: f64,
}

impl Compensated {
    /// An integer beyond 2^52 is added as two floats, so that none of its digits is lost.
    fn add(&mut self, number: Number) {
        match number {
            Number::Float(float) => self.add_float(float),
            Number::Integer(integer) => {
                let low = integer % 16_384;
                self.add_float((integer - low) as f64);
                self.add_float(low as f64);
            }
        }
    }

    fn add_float(&mut self, float: f64) {
        let sum = self.sum + float;
        self.lost += if self.sum.abs() > float.abs() {
            (self.sum - sum) + float
        } else {
            (float - sum) + self.sum
        };
        self.sum = sum;
    }

    fn sum(&self) -> f64 {
        if self.lost.is_finite() { self.sum + self.lost } else { self.sum }
    }
}
