//! One question over stored events from text to query: a rule's SELECT, and besides ORDER BY, LIMIT,
//! OFFSET, DISTINCT, aggregates of all rows and parameters.

use std::ops::Range;

use crate::check::Value;
use crate::compile::{too_large, with_table};
use crate::condition;
use crate::diagnostic::each;
use crate::emit::{self, Emitter};
use crate::header;
use crate::leaf;
use crate::name::{Budget, Names};
use crate::outline::{self, Outline, Select};
use crate::parameter::Parameters;
use crate::projection::{self, Told};
use crate::rows::{Base, Rows, Text};
use crate::screen::{self, Dialect};
use crate::script::Script;
use daemoneye_plan::{
    Case, ColumnType, Comparison, Keyed, Literal, Ordered, Query, Shape, TIME, Test,
};
use daemoneye_sdk::language::{Diagnostic, Schema};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

/// A question, ready for an engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// What is asked.
    pub query: Query,
    /// The names of the answer's columns.
    pub labels: Vec<String>,
}

/// From when to when; microseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds {
    /// Only events that are not older.
    pub since: Option<i64>,
    /// Only events that are older.
    pub until: Option<i64>,
}

/// Compiles one question; parameters in it (`?1`, `:name`) stand for the values.
///
/// # Errors
/// As [`crate::compile`], and for a parameter without a value.
pub fn question(
    schema: &Schema,
    text: &str,
    parameters: &Parameters,
    bounds: Bounds,
) -> Result<Question, Vec<Diagnostic>> {
    let one = |diagnostic| vec![diagnostic];
    let mut script = Script::read(text).map_err(one)?;
    header::read(&script)?;
    screen::one_statement(&mut script).map_err(one)?;
    script.bind(parameters).map_err(one)?;
    let brackets = screen::screen(&script, schema, Dialect::Question)?;
    let Outline { tables, select } = outline::read(&script, &brackets).map_err(one)?;
    let budget = Budget::new();
    let text = Text { script: &script, brackets: &brackets, schema, budget: &budget };
    let mut with = Vec::new();
    for (name, select) in &tables {
        let table = with_table(text, &with, *name, select)?;
        with.push(table);
    }
    let mut rows = Rows::read(text, &with, &select).map_err(one)?;
    if let Some(refused) = beyond(&script, &select, &rows) {
        return Err(one(refused));
    }
    rows.names.is_grouped = true;
    let items = projection::read(&rows.names, &select.projection)?;
    rows.names.labels = projection::labels(&items);
    let told = projection::told(&rows.names, &select.projection, items);
    shaped(text, &select, &Between { rows, bounds }, told)
}

/// What is half written; and what a rule may ask of events as they come, and a question not of those
/// that lie there.
fn beyond(script: &Script<'_>, select: &Select, rows: &Rows<'_>) -> Option<Diagnostic> {
    if let Some(order) = select.order.first().map(|first| first.start - 1)
        && script.keyword(order) != Keyword::BY
    {
        return Some(Diagnostic::new(script.position(order), "ORDER without BY", "write ORDER BY"));
    }
    let refuse = |what: &str, help: &str| {
        Some(Diagnostic::new(script.position(select.from.start), what, help))
    };
    if let Base::Sequence(_) = rows.base {
        return refuse("a sequence in a question", "try it as a rule: daemoneye rules test");
    }
    let help = "write ancestor(n).name, or try it as a rule: daemoneye rules test";
    (rows.names.tables.len() > 1)
        .then(|| refuse("a join with living processes in a question", help))
        .flatten()
}

/// Rows, and from when to when.
struct Between<'s> {
    rows: Rows<'s>,
    bounds: Bounds,
}

impl Between<'_> {
    /// Emits what each row must meet; the plan's condition is the last node.
    fn emit(&self, emitter: &mut Emitter) {
        let mut nodes = Vec::new();
        self.rows.emit(emitter, &mut nodes);
        let Bounds { since, until } = self.bounds;
        let bounds = [(since, Comparison::GreaterOrEqual), (until, Comparison::Less)];
        for (time, comparison) in bounds {
            let Some(time) = time else { continue };
            let left = emitter.builder.column(TIME, ColumnType::Integer);
            let right = emitter.builder.literal(Literal::Integer(time));
            let test = Test::Compare { comparison, left, right, case: Case::Observed };
            nodes.push(emitter.builder.leaf(None, test));
        }
        match nodes.len() {
            0 => drop(emitter.always()),
            1 => {}
            _ => drop(emitter.builder.and(nodes)),
        }
    }
}

/// What a question asks for besides its rows.
struct Asked<'s> {
    told: Vec<Value<'s>>,
    groups: Option<Vec<Value<'s>>>,
    order: Vec<(Value<'s>, bool)>,
}

fn shaped<'s>(
    text: Text<'s>,
    select: &Select,
    rows: &Between<'s>,
    told: Vec<Told<'s>>,
) -> Result<Question, Vec<Diagnostic>> {
    let names = &rows.rows.names;
    let (labels, told): (Vec<String>, Vec<Value<'_>>) =
        told.into_iter().map(|Told { label, value }| (label, value)).unzip();
    let order = each(select.order.iter().map(|range| order(names, range, &labels, &told)))?;
    let mut groups = groups(names, select)?;
    let is_told_of_groups = told.iter().chain(order.iter().map(|(value, _)| value));
    let has_aggregate = is_told_of_groups.into_iter().any(Value::has_aggregate);
    if groups.is_none() && (has_aggregate || select.having.is_some()) {
        groups = Some(Vec::new());
    }
    // Rows that are told once are groups of equal rows.
    let distinct = select.distinct && groups.is_some();
    if select.distinct && groups.is_none() {
        groups = Some(told.clone());
    }
    let number = |range: &Option<Range<usize>>, word| {
        range.as_ref().map(|range| whole_number(names, range.clone(), word)).transpose()
    };
    let (limit, offset) = (number(&select.limit, "LIMIT")?, number(&select.offset, "OFFSET")?);
    let shape = Shape { distinct, limit, offset: offset.unwrap_or(0), ..Shape::default() };
    let asked = Asked { told, groups, order };
    let query = emitted(text, select, rows, asked, shape)?;
    Ok(Question { query, labels })
}

fn emitted(
    text: Text<'_>,
    select: &Select,
    rows: &Between<'_>,
    asked: Asked<'_>,
    mut shape: Shape,
) -> Result<Query, Vec<Diagnostic>> {
    let mut emitter = Emitter::default();
    let Text { script, brackets, .. } = text;
    let keyed = |emitter: &mut Emitter, value: Value<'_>| {
        let case = emit::case([&value]);
        Keyed { operand: emitter.operand(value), case }
    };
    let Asked { told, groups, order } = asked;
    shape.shown = told.into_iter().map(|value| keyed(&mut emitter, value)).collect();
    shape.groups =
        groups.map(|groups| groups.into_iter().map(|v| keyed(&mut emitter, v)).collect());
    for (value, descending) in order {
        shape.order.push(Ordered { by: keyed(&mut emitter, value), descending });
    }
    if let Some(having) = &select.having {
        let condition =
            condition::read(script, brackets, having.clone()).map_err(|refused| vec![refused])?;
        shape.having = Some(emitter.condition(&rows.rows.names, &condition, false));
    }
    shape.aggregates = std::mem::take(&mut emitter.aggregates);
    rows.emit(&mut emitter);
    let Emitter { builder, refused, aggregates: _ } = emitter;
    if !refused.is_empty() {
        return Err(refused);
    }
    builder.finish_query(shape).map_err(|error| too_large(script.position(0), &error))
}

/// What GROUP BY names: a value, or the place of one in the projection.
fn groups<'s>(
    names: &Names<'s>,
    select: &Select,
) -> Result<Option<Vec<Value<'s>>>, Vec<Diagnostic>> {
    if select.groups.is_empty() {
        return Ok(None);
    }
    let groups = each(select.groups.iter().map(|range| {
        let value = leaf::read_value(names, range.clone())?;
        if !value.has_aggregate() && !matches!(value, Value::Literal(_)) {
            return Ok(value);
        }
        let message = format!("{} as a group", names.script.quoted(range.clone()));
        let at = names.script.position(range.start);
        Err(vec![Diagnostic::new(at, message, "write GROUP BY column")])
    }))?;
    Ok(Some(groups))
}

/// A value and whether the greatest comes first. A label comes before a column of the same name, and
/// a whole number is a place in the projection.
fn order<'s>(
    names: &Names<'s>,
    range: &Range<usize>,
    labels: &[String],
    told: &[Value<'s>],
) -> Result<(Value<'s>, bool), Vec<Diagnostic>> {
    let script = names.script;
    let last = script.keyword(range.end.wrapping_sub(1));
    let is_way = matches!(last, Keyword::ASC | Keyword::DESC) && range.len() > 1;
    let value = range.start..range.end - usize::from(is_way);
    let descending = last == Keyword::DESC;
    if let (1, Token::Word(word)) = (value.len(), script.token(value.start))
        && let Some(place) = labels.iter().position(|label| label.eq_ignore_ascii_case(&word.value))
    {
        return Ok((told[place].clone(), descending));
    }
    let read = leaf::read_value(names, value.clone())?;
    let Value::Literal(Literal::Integer(place)) = read else { return Ok((read, descending)) };
    let told = usize::try_from(place).ok().and_then(|place| told.get(place.checked_sub(1)?));
    let Some(told) = told else {
        let message = format!("ORDER BY {place} where {} columns are shown", labels.len());
        let help = "columns are counted from 1";
        return Err(vec![Diagnostic::new(script.position(value.start), message, help)]);
    };
    Ok((told.clone(), descending))
}

fn whole_number(
    names: &Names<'_>,
    range: Range<usize>,
    word: &str,
) -> Result<u64, Vec<Diagnostic>> {
    let at = names.script.position(range.start);
    let quoted = names.script.quoted(range.clone());
    let refused = || {
        let message = format!("{word} of {quoted}");
        vec![Diagnostic::new(at, message, format!("write {word} and a whole number from 0"))]
    };
    match leaf::read_value(names, range).map_err(|_| refused())? {
        Value::Literal(Literal::Integer(number)) => u64::try_from(number).map_err(|_| refused()),
        _ => Err(refused()),
    }
}
