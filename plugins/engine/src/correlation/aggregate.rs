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
    pub(super) function: AggregateFunction,
    operand: Option<Operand>,
    pub(super) distinct: bool,
    pub(super) case: Case,
}

impl Aggregate {
    pub(super) fn new(
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
    pub(super) fn of<'a>(&self, values: impl Iterator<Item = &'a Constant>) -> Constant {
        let mut seen = FxHashSet::default();
        let values = values.map(Constant::value).filter(|value| match value {
            Value::Null => false,
            value => !self.distinct || seen.insert(self.key(*value)),
        });
        match self.function {
            AggregateFunction::Count => count(values.count()),
            AggregateFunction::Sum => sum(values).map_or(Constant::Null, |(sum, _)| sum),
            AggregateFunction::Average => sum(values).map_or(Constant::Null, |(sum, count)| {
                let Constant::Number(sum) = sum else { return Constant::Null };
                Constant::Number(Number::Float(sum.float() / count as f64))
            }),
            AggregateFunction::Minimum => self.extreme(values, Ordering::Less),
            AggregateFunction::Maximum => self.extreme(values, Ordering::Greater),
        }
    }

    /// Bytes that are the same for values that count once.
    pub(super) fn key(&self, value: Value<'_>) -> Box<[u8]> {
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

/// The sum, and of how many; nothing of none. It is an integer while every value is one and it fits;
/// SQLite fails where integers do not fit, here they become a float.
fn sum<'a>(values: impl Iterator<Item = Value<'a>>) -> Option<(Constant, usize)> {
    let (mut whole, mut floats, mut count) = (Some(0_i64), Compensated::default(), 0_usize);
    for number in values.filter_map(number) {
        count += 1;
        floats.add(number);
        whole = match (whole, number) {
            (Some(sum), Number::Integer(integer)) => sum.checked_add(integer),
            _ => None,
        };
    }
    let sum = whole.map_or_else(|| Number::Float(floats.sum()), Number::Integer);
    (count > 0).then_some((Constant::Number(sum), count))
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
