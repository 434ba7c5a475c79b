//! One rule from text to plan.

use crate::condition;
use crate::diagnostic::Diagnostic;
use crate::emit::Emitter;
use crate::head::{self, Head, Shown};
use crate::name::Names;
use crate::schema::Schema;
use crate::screen::{self, Brackets};
use crate::script::Script;
use crate::view::View;
use daemoneye_plan::{Builder, NodeId, Plan, Test};
use sqlparser::keywords::Keyword;
use std::ops::Range;

/// What a rule's text means.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    /// What decides whether an event matches.
    pub plan: Plan,
    /// The columns that the plan reads, each once.
    pub columns: Vec<String>,
    /// What an alert shows.
    pub shown: Vec<Shown>,
}

/// Compiles one rule.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text. A word or symbol that the grammar has
/// no place for, or a table that does not exist, keeps what follows from being looked at.
pub fn compile(schema: &Schema, text: &str) -> Result<Compiled, Vec<Diagnostic>> {
    let one = |diagnostic| vec![diagnostic];
    let mut script = Script::read(text).map_err(one)?;
    screen::one_statement(&mut script).map_err(one)?;
    let brackets = screen::screen(&script, schema)?;
    let place = (0..script.len()).find(|index| script.keyword(*index) == Keyword::WHERE);
    let head = head::read(&script, 0..place.unwrap_or(script.len())).map_err(one)?;
    let Head { projection, view, qualifier } = head;
    let names = Names { script: &script, schema, qualifier: &qualifier };
    let shown = head::shown(&names, projection);
    let plan = plan(&names, &brackets, view, place.map(|place| place + 1..script.len()));
    match (shown, plan) {
        (Ok(shown), Ok(plan)) => {
            let columns = plan.columns().iter().map(|column| column.name.clone()).collect();
            Ok(Compiled { plan, columns, shown })
        }
        (shown, plan) => {
            let (shown, plan) = (shown.err().unwrap_or_default(), plan.err().unwrap_or_default());
            let mut refused = [shown, plan].concat();
            refused.sort_by_key(|diagnostic| diagnostic.at);
            Err(refused)
        }
    }
}

fn plan(
    names: &Names<'_>,
    brackets: &Brackets,
    view: &View,
    range: Option<Range<usize>>,
) -> Result<Plan, Vec<Diagnostic>> {
    let mut builder = Builder::new();
    let mut refused = Vec::new();
    let mut nodes = Vec::new();
    if !view.condition.is_empty() {
        nodes.push(of_view(names, view, &mut builder)?);
    }
    if let Some(range) = range {
        let condition = condition::read(names.script, brackets, range).map_err(|d| vec![d])?;
        let (builder, refused) = (&mut builder, &mut refused);
        let mut emitter = Emitter { names, builder, refused, is_evidence: true };
        nodes.push(emitter.condition(&condition));
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    match nodes.len() {
        0 => drop(builder.leaf(None, Test::Constant(Some(true)))),
        1 => {}
        _ => drop(builder.and(nodes)),
    }
    builder.finish().map_err(|error| {
        let help = "split the rule into several";
        vec![Diagnostic::new(names.script.position(0), error.to_string(), help)]
    })
}

/// The condition of a view is written in the rule language itself.
fn of_view(
    names: &Names<'_>,
    view: &View,
    builder: &mut Builder,
) -> Result<NodeId, Vec<Diagnostic>> {
    let script = Script::read(view.condition).expect("conditions of views are well-formed");
    let brackets = Brackets::pair(&script).expect("conditions of views have paired brackets");
    let condition = condition::read(&script, &brackets, 0..script.len())
        .expect("conditions of views are conditions");
    let inner = Names { script: &script, schema: names.schema, qualifier: view.name };
    let mut refused = Vec::new();
    let mut emitter = Emitter { names: &inner, builder, refused: &mut refused, is_evidence: false };
    let node = emitter.condition(&condition);
    if refused.is_empty() {
        return Ok(node);
    }
    let lacking = refused.into_iter().map(|diagnostic| {
        let message = format!("the table {} is not there: {}", view.name, diagnostic.message);
        Diagnostic::new(names.script.position(0), message, "select FROM process_events")
    });
    Err(lacking.collect())
}
