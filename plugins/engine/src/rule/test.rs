//! A test, ready to run: affinities settled, patterns taken apart, expressions compiled.

use std::cmp::Ordering;
use std::sync::Arc;

use daemoneye_plan::{Case, Comparison, Literal, OperandId, Plan, Test as Planned};
use memchr::memmem::Finder;

use super::RuleError;
use super::held::Affinity;
use super::like::Like;
use super::operand::{self, Constant, Operand};
use super::regexp::{Regexp, Regexps};
use super::scope::Scope;
use crate::literals::Anchor;
use crate::number::Number;
use crate::steps::{Spent, Steps};
use crate::view::{Value, View};

/// One test.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    Constant(Option<bool>),
    Compare { comparison: Comparison, sides: Box<[Operand; 2]>, affinity: Affinity, case: Case },
    In { operand: Operand, list: List, case: Case },
    Like { operand: Operand, like: Like, case: Case },
    Regexp { operand: Operand, regexp: Arc<Regexp> },
    IsNull(Operand),
    IsTrue(Operand),
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
        regexps: &mut Regexps,
    ) -> Result<Self, RuleError> {
        let operand = |id: &OperandId| Operand::new(plan, columns, *id);
        let column_type = |id: &OperandId| operand::column_type(plan, *id);
        Ok(match test {
            Planned::Constant(truth) => Test::Constant(*truth),
            Planned::Compare { comparison, left, right, case } => {
                let affinity = operand::affinity(column_type(left), column_type(right));
                let sides = [operand(left)?.with(affinity), operand(right)?.with(affinity)];
                let (comparison, case) = (*comparison, *case);
                Test::Compare { comparison, sides: Box::new(sides), affinity, case }
            }
            Planned::In { operand: id, list, case } => {
                let affinity = operand::affinity(column_type(id), None);
                let list = List::new(list, affinity, *case);
                Test::In { operand: operand(id)?, list, case: *case }
            }
            Planned::Like { operand: id, pattern, case } => {
                Test::Like { operand: operand(id)?, like: Like::new(pattern, *case), case: *case }
            }
            Planned::Regexp { operand: id, expression, case } => {
                Test::Regexp { operand: operand(id)?, regexp: regexps.get(expression, *case)? }
            }
            Planned::IsNull(id) => Test::IsNull(operand(id)?),
            Planned::IsTrue(id) => Test::IsTrue(operand(id)?),
            other => unreachable!("plan version 2 has no test {other:?}"),
        })
    }

    /// Whether a row passes a test whose operands are plain; nothing is NULL.
    pub(crate) fn truth(
        &self,
        view: &View,
        row: usize,
        steps: &mut Steps,
    ) -> Result<Option<bool>, Spent> {
        self.decide(&Scope::plain(view, row), steps)
    }

    /// Whether the row passes; nothing is NULL.
    pub(crate) fn decide(
        &self,
        scope: &Scope<'_>,
        steps: &mut Steps,
    ) -> Result<Option<bool>, Spent> {
        match self {
            Test::Constant(truth) => Ok(*truth),
            Test::Compare { comparison, sides, affinity, case } => {
                let [left, right] = &**sides;
                let order = left.look(scope, steps, |left, steps| {
                    right.look(scope, steps, |right, steps| {
                        steps.read(left.len().min(right.len()))?;
                        steps.convert(left, *affinity)?;
                        steps.convert(right, *affinity)?;
                        Ok(order(left, right, *affinity, *case))
                    })
                })?;
                Ok(order.map(|order| holds(*comparison, order)))
            }
            Test::In { operand, list, case } => operand.look(scope, steps, |value, steps| {
                steps.read(list.work(value))?;
                Ok(list.contains(value, *case))
            }),
            Test::Like { operand, like, case } => operand.look(scope, steps, |value, steps| {
                on_text(value, steps, |raw, folded, steps| {
                    like.matches(if *case == Case::Observed { raw } else { folded }, steps)
                })
            }),
            Test::Regexp { operand, regexp } => operand.look(scope, steps, |value, steps| {
                on_text(value, steps, |raw, _, steps| regexp.is_match(raw, steps))
            }),
            Test::IsNull(operand) => operand.look(scope, steps, |value, steps| {
                steps.spend(1).map(|()| Some(matches!(value, Value::Null)))
            }),
            Test::IsTrue(operand) => operand
                .look(scope, steps, |value, steps| steps.read(value.len()).map(|()| value.truth())),
        }
    }

    /// What a person is shown of it.
    pub(crate) fn shown(&self) -> Option<&Operand> {
        self.operands().iter().find_map(Operand::shown)
    }

    /// Whether it looks at one value without reading much of it.
    pub(crate) fn is_cheap(&self) -> bool {
        let is_cheap = matches!(
            self,
            Test::Compare { .. } | Test::In { .. } | Test::IsNull(_) | Test::IsTrue(_)
        );
        is_cheap && self.operands().iter().all(Operand::is_plain)
    }

    /// Whether both are cheap and always have the same truth.
    pub(crate) fn is_same(&self, other: &Test) -> bool {
        match (self, other) {
            (
                Test::Compare { comparison, sides, affinity, case },
                Test::Compare { comparison: c, sides: s, affinity: a, case: k },
            ) => {
                let same = sides[0].is_same(&s[0]) && sides[1].is_same(&s[1]);
                same && (comparison, affinity, case) == (c, a, k)
            }
            (Test::In { operand, list, case }, Test::In { operand: o, list: l, case: k }) => {
                (list, case) == (l, k) && operand.is_same(o)
            }
            (Test::IsNull(operand), Test::IsNull(other))
            | (Test::IsTrue(operand), Test::IsTrue(other)) => operand.is_same(other),
            _ => false,
        }
    }

    /// How dear it is, compared with other tests.
    pub(crate) fn cost(&self) -> u64 {
        let own = match self {
            Test::Constant(_) => 0,
            Test::IsNull(_) | Test::IsTrue(_) => 1,
            Test::Compare { .. } => 2,
            Test::In { list, .. } => 3 + u64::from(list.texts.len().max(1).ilog2()),
            Test::Like { like, .. } => like.cost(),
            Test::Regexp { .. } => 40,
        };
        own + self.operands().iter().map(Operand::cost).sum::<u64>()
    }

    /// The column, and the folded text that its value must have there, if a text is all that is
    /// asked for. Of a column with numbers, it is more than that.
    pub(crate) fn text(&self) -> Option<(usize, &[u8], Anchor)> {
        let (operand, text, anchor) = match self {
            Test::Like { operand, like, case: Case::Ignored } => {
                let (text, anchor) = like.text()?;
                (operand, text, anchor)
            }
            Test::Compare { comparison: Comparison::Equal, sides, case: Case::Ignored, .. } => {
                match &**sides {
                    [operand, Operand::Constant(Constant::Text { folded, .. })]
                    | [Operand::Constant(Constant::Text { folded, .. }), operand] => {
                        (operand, &**folded, Anchor::Exact)
                    }
                    _ => return None,
                }
            }
            _ => return None,
        };
        let Operand::Column(column) = operand else { return None };
        Some((*column, text, anchor))
    }

    /// What looks for the text, if it may be anywhere.
    pub(super) fn finder(&self) -> Option<Arc<Finder<'static>>> {
        match self {
            Test::Like { like: Like::Contains(finder), .. } => Some(Arc::clone(finder)),
            _ => None,
        }
    }

    /// What it looks at.
    pub(crate) fn operands(&self) -> &[Operand] {
        match self {
            Test::Constant(_) => &[],
            Test::Compare { sides, .. } => &**sides,
            Test::In { operand, .. }
            | Test::Like { operand, .. }
            | Test::Regexp { operand, .. }
            | Test::IsNull(operand)
            | Test::IsTrue(operand) => std::slice::from_ref(operand),
        }
    }
}

fn order(left: Value<'_>, right: Value<'_>, affinity: Affinity, case: Case) -> Option<Ordering> {
    left.with(affinity, |left| right.with(affinity, |right| left.order(right, case)))
}

/// What `look` finds in the value's text, raw and folded; nothing if there is no value.
fn on_text(
    value: Value<'_>,
    steps: &mut Steps,
    look: impl FnOnce(&[u8], &[u8], &mut Steps) -> Result<bool, Spent>,
) -> Result<Option<bool>, Spent> {
    steps.convert(value, Affinity::Text)?;
    value.with(Affinity::Text, |value| match value {
        Value::Text { raw, folded } => look(raw, folded, steps).map(Some),
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
