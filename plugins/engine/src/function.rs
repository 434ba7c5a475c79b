//! What a rule computes from its values: the functions of the plan's list, as SQLite computes them.
//!
//! ```text
//! arithmetic   numbers
//! text         texts as characters and bytes
//! time         dates and times
//! choice       one of several values
//! path         parts of a path
//! ancestry     the processes above one
//! network      addresses in networks
//! ```

mod ancestry;
mod arithmetic;
mod choice;
mod network;
mod path;
mod text;
mod time;

use daemoneye_plan::{Case, Function};
use regex::bytes::Regex;

use crate::rule::{Constant, Held, Operand, RuleError, Scope, regex};
use crate::steps::{Spent, Steps};
use crate::view::Value;

/// Most bytes of a text that a function makes; more is over budget.
const MAX_TEXT: usize = 1 << 20;

/// A function and its arguments.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    function: Function,
    arguments: Vec<Operand>,
    case: Case,
    /// The expression of [`Function::RegexpExtract`], unless it is NULL.
    regex: Option<Regex>,
}

impl Call {
    pub(crate) fn new(
        function: Function,
        arguments: Vec<Operand>,
        case: Case,
    ) -> Result<Self, RuleError> {
        let regex = match (function, arguments.get(1)) {
            (Function::RegexpExtract, Some(Operand::Constant(literal))) => expression(literal)?,
            (Function::RegexpExtract, _) => return Err(RuleError::Variable),
            _ => None,
        };
        Ok(Call { function, arguments, case, regex })
    }

    pub(crate) fn arguments(&self) -> &[Operand] {
        &self.arguments
    }

    /// What the function makes of its arguments in this row.
    pub(crate) fn held<'a>(
        &'a self,
        scope: &Scope<'a>,
        steps: &mut Steps,
    ) -> Result<Held<'a>, Spent> {
        use Function as F;
        match self.function {
            F::Case => self.case(scope, steps),
            F::NullIf | F::Minimum | F::Maximum => {
                Ok(choice::held(self.function, self.all(scope, steps)?, self.case))
            }
            F::Date | F::Time | F::DateTime | F::UnixTime | F::FormatTime => {
                time::held(self.function, &self.all(scope, steps)?, steps)
            }
            F::RegexpExtract => self.extract(self.first(scope, steps)?, steps),
            _ => self.strict(self.first(scope, steps)?, steps),
        }
    }

    /// Functions of at most three arguments, all of which are needed.
    fn strict<'a>(&self, held: [Held<'a>; 3], steps: &mut Steps) -> Result<Held<'a>, Spent> {
        use Function as F;
        let given = self.arguments.len();
        let [a, b, c] = held;
        Ok(match self.function {
            F::Negate => arithmetic::binary(F::Subtract, &Held::integer(0), &a),
            F::Add | F::Subtract | F::Multiply | F::Divide | F::Modulo => {
                arithmetic::binary(self.function, &a, &b)
            }
            F::Abs => arithmetic::absolute(&a),
            F::CastInteger => a.whole().map_or(Held::NULL, Held::integer),
            F::CastFloat => a.numeric().map_or(Held::NULL, |number| Held::float(number.float())),
            F::CastText => text::as_text(a),
            F::Concat => text::concat(&a, &b, steps)?,
            F::Length => text::length(&a),
            F::Lower => text::lower(a),
            F::Upper => text::upper(&a),
            F::Substring => text::substring(a, &b, (given == 3).then_some(&c)),
            F::Position => text::position(&a, &b),
            F::Replace => text::replace(a, &b, &c, steps)?,
            F::Trim => text::trim(a, (given == 2).then_some(&b), (true, true), steps)?,
            F::TrimLeft => text::trim(a, (given == 2).then_some(&b), (true, false), steps)?,
            F::TrimRight => text::trim(a, (given == 2).then_some(&b), (false, true), steps)?,
            F::Hex => text::hex(&a, steps)?,
            F::Entropy => text::entropy(&a, steps)?,
            F::BaseName => path::base(a),
            F::DirectoryName => path::directory(a),
            F::HasAncestor => ancestry::has(&a, &b, steps)?,
            F::AncestorName | F::AncestorPath | F::AncestorPid => {
                ancestry::field(self.function, &a, &b)
            }
            F::CidrMatch => network::holds(&a, &b),
            other => unreachable!("plan version 2 has no function {other:?}"),
        })
    }

    /// The values of at most three arguments; those that are not given are NULL. Looking at them is
    /// paid for.
    fn first<'a>(&'a self, scope: &Scope<'a>, steps: &mut Steps) -> Result<[Held<'a>; 3], Spent> {
        let mut held = [Held::NULL; 3];
        for (held, argument) in held.iter_mut().zip(&self.arguments) {
            *held = argument.held(scope, steps)?;
        }
        steps.read(held.iter().map(Held::len).sum())?;
        Ok(held)
    }

    fn all<'a>(&'a self, scope: &Scope<'a>, steps: &mut Steps) -> Result<Vec<Held<'a>>, Spent> {
        let held = self.arguments.iter().map(|argument| {
            let held = argument.held(scope, steps)?;
            steps.read(held.len()).map(|()| held)
        });
        held.collect()
    }

    /// Conditions are looked at in order, and no value but the chosen one is.
    fn case<'a>(&'a self, scope: &Scope<'a>, steps: &mut Steps) -> Result<Held<'a>, Spent> {
        for pair in self.arguments.chunks(2) {
            steps.spend(1)?;
            let [condition, value] = pair else { return pair[0].held(scope, steps) };
            if condition.look(scope, steps, |value, _| Ok(value.truth()))? == Some(true) {
                return value.held(scope, steps);
            }
        }
        Ok(Held::NULL)
    }

    /// What the expression finds, or one of its groups.
    fn extract<'a>(
        &self,
        [text, _, group]: [Held<'a>; 3],
        steps: &mut Steps,
    ) -> Result<Held<'a>, Spent> {
        let text = text::as_text(text);
        let group = if self.arguments.len() == 3 { group.whole() } else { Some(0) };
        let group = group.and_then(|group| usize::try_from(group).ok());
        let (Some(regex), Some(group), Some(bytes)) = (&self.regex, group, text.text()) else {
            return Ok(Held::NULL);
        };
        steps.spend_unevenly(bytes.len() as u64)?;
        let found = if group == 0 {
            regex.find(&bytes).map(|found| found.range())
        } else {
            regex.captures(&bytes).and_then(|found| Some(found.get(group)?.range()))
        };
        drop(bytes);
        Ok(found.map_or(Held::NULL, |range| text.part(range)))
    }
}

/// The expression that the literal is; NULL finds nothing.
fn expression(literal: &Constant) -> Result<Option<Regex>, RuleError> {
    match literal.value() {
        Value::Null => Ok(None),
        Value::Number(number) => regex(&number.text(), Case::Observed).map(Some),
        Value::Text { raw, .. } => regex(&String::from_utf8_lossy(raw), Case::Observed).map(Some),
    }
}

/// Pays for a text of so many bytes before it is made.
fn room(bytes: Option<usize>, steps: &mut Steps) -> Result<(), Spent> {
    let bytes = bytes.filter(|bytes| *bytes <= MAX_TEXT).ok_or(Spent)?;
    steps.spend(bytes as u64 / 16)
}
