//! One rule from text to plan.

use crate::correlate;
use crate::emit::Emitter;
use crate::header::{self, Header};
use crate::name::Budget;
use crate::outline::{self, Outline, Select};
use crate::projection;
use crate::rows::{Base, Rows, Text, With};
use crate::screen::{self, Dialect};
use crate::script::Script;
use crate::window;
use daemoneye_plan::{MAX_WINDOW, Operand, Plan};
use daemoneye_sdk::language::{Compiled, Diagnostic, Position, Schema, Shown};
use sqlparser::tokenizer::Token;
use std::rc::Rc;

const SEVERAL_EVENTS: &str =
    "several events together (GROUP BY, HAVING, a sequence or a JOIN) where each counts alone";
const ONE_EVENT: &str = "a prefilter looks at one event at a time: keep its WHERE, and count in the \
                         component or in a rule of its own";

/// Compiles one rule, whose window, if it needs one, stands in its own text.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text. A word or symbol that the grammar has
/// no place for, or a table that does not exist, keeps what follows from being looked at.
pub fn compile(schema: &Schema, text: &str) -> Result<Compiled, Vec<Diagnostic>> {
    compile_within(schema, text, None)
}

/// The same; `seconds` is how long an event counts where the text does not say it. With 0 each event
/// counts alone, whatever the text says.
///
/// # Errors
/// As [`compile`]; with 0 also a rule that looks at more than one event.
pub fn compile_within(
    schema: &Schema,
    text: &str,
    seconds: Option<u32>,
) -> Result<Compiled, Vec<Diagnostic>> {
    let one = |diagnostic| vec![diagnostic];
    let mut script = Script::read(text).map_err(one)?;
    let Header { about, window } = header::read(&script)?;
    let is_alone = seconds == Some(0);
    let window = window.or_else(|| seconds.and_then(|seconds| window::of_seconds(seconds.into())));
    // Who looks at several events where none may is told so, and not that a window is missing.
    let window = window.or(is_alone.then_some(MAX_WINDOW));
    screen::one_statement(&mut script).map_err(one)?;
    let brackets = screen::screen(&script, schema, Dialect::Rule)?;
    let Outline { tables, select } = outline::read(&script, &brackets).map_err(one)?;
    let budget = Budget::new();
    let text = Text { script: &script, brackets: &brackets, schema, budget: &budget };
    let mut with = Vec::new();
    for (name, select) in &tables {
        let table = with_table(text, &with, *name, select)?;
        with.push(table);
    }
    let (plan, shown) = main(text, &with, &select, window)?;
    if is_alone && looks_beyond_its_event(&plan) {
        let at = script.position(select.from.start);
        return Err(vec![Diagnostic::new(at, SEVERAL_EVENTS, ONE_EVENT)]);
    }
    let bytes = plan.to_bytes().map_err(|error| too_large(script.position(0), &error))?;
    let columns = plan.columns().iter().map(|column| column.name.clone()).collect();
    Ok(Compiled { plan: bytes, columns, shown, about, inert: inert(schema, &plan) })
}

fn looks_beyond_its_event(plan: &Plan) -> bool {
    let joins = |operand: &Operand| matches!(operand, Operand::Process { .. });
    plan.correlation().is_some() || plan.operands().iter().any(joins)
}

fn inert(schema: &Schema, plan: &Plan) -> Option<String> {
    let lacking = plan.lacking(|name| schema.provides(name));
    (!lacking.is_empty())
        .then(|| format!("needs {}, which the sensor here does not provide", lacking.join(", ")))
}

pub(crate) fn too_large(at: Position, error: &impl ToString) -> Vec<Diagnostic> {
    let help = "split the rule into several";
    vec![Diagnostic::new(at, error.to_string(), help)]
}

pub(crate) fn with_table<'s>(
    text: Text<'s>,
    with: &[With<'s>],
    at: usize,
    select: &Select,
) -> Result<With<'s>, Vec<Diagnostic>> {
    let rows = Rows::read(text, with, select).map_err(|refusal| vec![refusal])?;
    let refuse = |index: usize, what: &str| {
        let help = "groups and sequences stand in the last SELECT";
        Err(vec![Diagnostic::new(text.script.position(index), what, help)])
    };
    if let Some(group) = select.groups.first().or(select.having.as_ref()) {
        return refuse(group.start - 1, "groups in a WITH table");
    }
    if let Base::Sequence(_) = rows.base {
        return refuse(select.from.start, "a sequence in a WITH table");
    }
    if let Some(at) = select.cut() {
        return refuse(at, "rows that are cut or ordered in a WITH table");
    }
    let name = match text.script.token(at) {
        Token::Word(word) => word.value.as_str(),
        _ => "",
    };
    let items = projection::read(&rows.names, &select.projection)?;
    let table = projection::table(&rows.names, name, at, items).map_err(|refusal| vec![refusal])?;
    Ok(With { table, rows: Rc::new(rows) })
}

fn main(
    text: Text<'_>,
    with: &[With<'_>],
    select: &Select,
    window: Option<u64>,
) -> Result<(Plan, Vec<Shown>), Vec<Diagnostic>> {
    let mut rows = Rows::read(text, with, select).map_err(|refusal| vec![refusal])?;
    let items = projection::read(&rows.names, &select.projection);
    if let Ok(items) = &items {
        rows.names.labels = projection::labels(items);
    }
    let plan = plan(text, &rows, select, window);
    match (items, plan) {
        (Ok(items), Ok(plan)) => Ok((plan, projection::shown(&rows.names, &items))),
        (items, plan) => {
            let (items, plan) = (items.err().unwrap_or_default(), plan.err().unwrap_or_default());
            let mut refused = [items, plan].concat();
            refused.sort_by_key(|diagnostic| diagnostic.at);
            Err(refused)
        }
    }
}

fn plan(
    text: Text<'_>,
    rows: &Rows<'_>,
    select: &Select,
    window: Option<u64>,
) -> Result<Plan, Vec<Diagnostic>> {
    let mut emitter = Emitter::default();
    let correlation = match &rows.base {
        Base::Sequence(sequence) => Some(sequence.emit(&rows.names, window, &mut emitter)?),
        Base::View(_) | Base::With(_) => {
            let correlation = correlate::groups(text, &rows.names, select, window, &mut emitter);
            whole(rows, &mut emitter);
            match correlation {
                Ok(correlation) => correlation,
                Err(refused) => return Err([emitter.refused, refused].concat()),
            }
        }
    };
    let Emitter { mut builder, refused, aggregates: _ } = emitter;
    if !refused.is_empty() {
        return Err(refused);
    }
    if let Some(correlation) = correlation {
        builder.correlate(correlation);
    }
    builder.finish().map_err(|error| too_large(text.script.position(0), &error))
}

/// Emits what each row must meet; the plan's condition is the last node.
fn whole(rows: &Rows<'_>, emitter: &mut Emitter) {
    let mut nodes = Vec::new();
    rows.emit(emitter, &mut nodes);
    match nodes.len() {
        0 => drop(emitter.always()),
        1 => {}
        _ => drop(emitter.builder.and(nodes)),
    }
}
