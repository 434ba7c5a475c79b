//! A test, ready to run: affinities settled, patterns taken apart, expressions compiled.

use std::cmp::Ordering;

use daemoneye_plan::{Case, Comparison, Literal, OperandId, Plan, Test as Planned};
use regex::bytes::{Regex, RegexBuilder};

use super::like::Like;
use super::operand::{self, Affinity, Constant, Operand};
use crate::number::Number;
use crate::steps::{Spent, Steps};
use crate::view::{Value, View};

/// Most bytes of one compiled regular expression.
const REGEX_BYTES: usize = 1 << 20;
/// Most bytes of the tables that one expression builds while it searches. Less makes expressions with
/// counted repetitions many times slower; few expressions ever need so much.
const REGEX_CACHE_BYTES: usize = 2 << 20;

/// One test.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    Constant(Option<bool>),
    Compare { comparison: Comparison, sides: Box<[Operand; 2]>, affinity: Affinity, case: Case },
    In { operand: Operand, list: List, case: Case },
    Like { operand: Operand, like: Like, case: Case },
    Regexp { operand: Operand, regex: Box<Regex>, case: Case },
    IsNull(Operand),
}

/// The values of an IN list, sorted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct List {
    numbers: Vec<Number>,
    texts: Vec<Box<[u8]>>,
    null: bool,
}

impl Test {
    /// The planned test; `columns` are the engine's numbers of the plan's columns.
    pub(crate) fn new(
        plan: &Plan,
        columns: &[usize],
        test: &Planned,
    ) -> Result<Self, regex::Error> {
        let operand = |id: &OperandId| Operand::new(plan, columns, *id);
        let column_type = |id: &OperandId| operand::column_type(plan, *id);
        Ok(match test {
            Planned::Constant(truth) => Test::Constant(*truth),
            Planned::Compare { comparison, left, right, case } => {
                let affinity = operand::affinity(column_type(left), column_type(right));
                let sides = [left, right].map(|side| operand(side).with(affinity));
                let (comparison, case) = (*comparison, *case);
                Test::Compare { comparison, sides: Box::new(sides), affinity, case }
            }
            Planned::In { operand: id, list, case } => {
                let affinity = operand::affinity(column_type(id), None);
                Test::In {
                    operand: operand(id),
                    list: List::new(list, affinity, *case),
                    case: *case,
                }
            }
            Planned::Like { operand: id, pattern, case } => {
                Test::Like { operand: operand(id), like: Like::new(pattern, *case), case: *case }
            }
            Planned::Regexp { operand: id, expression, case } => {
                let regex = RegexBuilder::new(expression)
                    .case_insensitive(*case == Case::Ignored)
                    .size_limit(REGEX_BYTES)
                    .dfa_size_limit(REGEX_CACHE_BYTES)
                    .build()?;
                Test::Regexp { operand: operand(id), regex: Box::new(regex), case: *case }
            }
            Planned::IsNull(id) => Test::IsNull(operand(id)),
            other => unreachable!("plan version 1 has no test {other:?}"),
        })
    }

    /// Whether the row passes; nothing is NULL.
    pub(crate) fn truth(
        &self,
        view: &View,
        row: usize,
        steps: &mut Steps,
    ) -> Result<Option<bool>, Spent> {
        match self {
            Test::Constant(truth) => Ok(*truth),
            Test::Compare { comparison, sides, affinity, case } => {
                let [left, right] = sides.each_ref().map(|side| side.value(view, row));
                steps.read(left.len().min(right.len()))?;
                let order = left.with(*affinity, |left| {
                    right.with(*affinity, |right| left.order(right, *case))
                });
                Ok(order.map(|order| holds(*comparison, order)))
            }
            Test::In { operand, list, case } => {
                let value = operand.value(view, row);
                steps.read(list.work(value))?;
                Ok(list.contains(value, *case))
            }
            Test::Like { operand, like, case } => {
                on_text(operand.value(view, row), |raw, folded| {
                    like.matches(if *case == Case::Observed { raw } else { folded }, steps)
                })
            }
            Test::Regexp { operand, regex, .. } => on_text(operand.value(view, row), |raw, _| {
                // An automaton takes each byte by itself, where others look at 16 at once.
                steps.spend(1 + raw.len() as u64).map(|()| regex.is_match(raw))
            }),
            Test::IsNull(operand) => {
                steps.spend(1)?;
                Ok(Some(matches!(operand.value(view, row), Value::Null)))
            }
        }
    }

    /// The first column that it looks at.
    pub(crate) fn column(&self) -> Option<usize> {
        match self {
            Test::Constant(_) => None,
            Test::Compare { sides, .. } => sides.iter().find_map(Operand::column),
            Test::In { operand, .. }
            | Test::Like { operand, .. }
            | Test::Regexp { operand, .. }
            | Test::IsNull(operand) => operand.column(),
        }
    }

    /// Whether it looks at one value without reading much of it.
    pub(crate) fn is_cheap(&self) -> bool {
        matches!(self, Test::Compare { .. } | Test::In { .. } | Test::IsNull(_))
    }

    /// Whether both are cheap and always have the same truth.
    pub(crate) fn is_same(&self, other: &Test) -> bool {
        match (self, other) {
            (
                Test::Compare { comparison, sides, affinity, case },
                Test::Compare { comparison: c, sides: s, affinity: a, case: k },
            ) => (comparison, sides, affinity, case) == (c, s, a, k),
            (Test::In { operand, list, case }, Test::In { operand: o, list: l, case: k }) => {
                (operand, list, case) == (o, l, k)
            }
            (Test::IsNull(operand), Test::IsNull(other)) => operand == other,
            _ => false,
        }
    }

    /// How dear it is, compared with other tests.
    pub(crate) fn cost(&self) -> u64 {
        match self {
            Test::Constant(_) => 0,
            Test::IsNull(_) => 1,
            Test::Compare { .. } => 2,
            Test::In { list, .. } => 3 + u64::from(list.texts.len().max(1).ilog2()),
            Test::Like { like, .. } => like.cost(),
            Test::Regexp { .. } => 40,
        }
    }
}

/// What `look` finds in the value's text, raw and folded; nothing if there is no value.
fn on_text(
    value: Value<'_>,
    look: impl FnOnce(&[u8], &[u8]) -> Result<bool, Spent>,
) -> Result<Option<bool>, Spent> {
    value.with(Affinity::Text, |value| match value {
        Value::Text { raw, folded } => look(raw, folded).map(Some),
        Value::Null | Value::Number(_) => Ok(None),
    })
}

fn holds(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

impl List {
    fn new(list: &[Literal], affinity: Affinity, case: Case) -> Self {
        let (mut numbers, mut texts, mut null) = (Vec::new(), Vec::new(), false);
        for literal in list {
            match Constant::new(literal).with(affinity) {
                Constant::Null => null = true,
                Constant::Number(number) => numbers.push(number),
                Constant::Text { folded, .. } if case == Case::Ignored => texts.push(folded),
                Constant::Text { raw, .. } => texts.push(raw),
            }
        }
        numbers.sort_unstable_by(|a, b| a.order(*b));
        texts.sort_unstable();
        texts.dedup();
        List { numbers, texts, null }
    }

    /// The texts, folded if case is ignored. No text equals anything else in the list.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &[u8]> {
        self.texts.iter().map(|text| &**text)
    }

    /// Bytes that a search in the list may look at.
    fn work(&self, value: Value<'_>) -> usize {
        value.len() * (1 + self.texts.len().max(1).ilog2() as usize)
    }

    fn contains(&self, value: Value<'_>, case: Case) -> Option<bool> {
        let found = match value {
            Value::Null if self.is_empty() => false,
            Value::Null => return None,
            Value::Number(number) => {
                self.numbers.binary_search_by(|other| other.order(number)).is_ok()
            }
            Value::Text { raw, folded } => {
                let text = if case == Case::Ignored { folded } else { raw };
                self.texts.binary_search_by(|other| (**other).cmp(text)).is_ok()
            }
        };
        if !found && self.null { None } else { Some(found) }
    }

    fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.texts.is_empty() && !self.null
    }
}
