//! Several rows together: GROUP BY with HAVING, and sequences.

pub(crate) mod sequence;

use crate::check::Value;
use crate::condition;
use crate::diagnostic::each;
use crate::emit::Emitter;
use crate::leaf;
use crate::name::Names;
use crate::outline::Select;
use crate::rows::Text;
use crate::script::Script;
use daemoneye_plan::{Complete, Correlation, MAX_STAGES, OperandId, Stage};
use daemoneye_sdk::language::Diagnostic;
use std::ops::Range;

pub(crate) const NO_WINDOW: &str =
    "write how long a row counts into the first line, for example -- window: 60 s";

/// Emits what HAVING asks of each group; nothing for a SELECT that makes none.
pub(crate) fn groups(
    text: Text<'_>,
    names: &Names<'_>,
    select: &Select,
    window: Option<u64>,
    emitter: &mut Emitter,
) -> Result<Option<Correlation>, Vec<Diagnostic>> {
    let script = text.script;
    let at = |index: usize| script.position(index.saturating_sub(1));
    let Some(having) = &select.having else {
        return match select.groups.first() {
            None => Ok(None),
            Some(first) => {
                let help = "write HAVING with what a group must have, for example count(*) >= 3";
                Err(vec![Diagnostic::new(at(first.start), "GROUP BY without HAVING", help)])
            }
        };
    };
    let window = window.ok_or_else(|| {
        vec![Diagnostic::new(at(having.start), "HAVING without a window", NO_WINDOW)]
    })?;
    let condition = condition::read(script, text.brackets, having.clone()).map_err(|d| vec![d])?;
    let group = values(names, &select.groups)?;
    let condition = emitter.condition(names, &condition, true);
    let aggregates = std::mem::take(&mut emitter.aggregates);
    if aggregates.len() > MAX_STAGES {
        let message = format!("{} aggregates in HAVING", aggregates.len());
        let help = format!("a rule has at most {MAX_STAGES}");
        return Err(vec![Diagnostic::new(at(having.start), message, help)]);
    }
    let stages = vec![Stage { group: operands(emitter, group) }];
    Ok(Some(Correlation { window, stages, complete: Complete::Having { aggregates, condition } }))
}

/// The values that make a group.
fn values<'s>(
    names: &Names<'s>,
    ranges: &[Range<usize>],
) -> Result<Vec<Value<'s>>, Vec<Diagnostic>> {
    each(ranges.iter().map(|range| {
        let value = leaf::read_value(names, range.clone())?;
        let message = match value {
            Value::Literal(_) => "the literal",
            _ if value.has_aggregate() => "the aggregate",
            _ => return Ok(value),
        };
        let message = format!("{message} {} as a group", names.script.quoted(range.clone()));
        let at = names.script.position(range.start);
        Err(vec![Diagnostic::new(at, message, "groups are made by columns; write their names")])
    }))
}

fn operands(emitter: &mut Emitter, values: Vec<Value<'_>>) -> Vec<OperandId> {
    values.into_iter().map(|value| emitter.operand(value)).collect()
}

/// A refusal at a lexeme.
fn refused<T>(script: &Script<'_>, at: usize, what: &str, help: &str) -> Result<T, Diagnostic> {
    Err(Diagnostic::new(script.position(at), what, help))
}
