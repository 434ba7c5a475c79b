//! The rows that a SELECT reads: tables, views, WITH tables and joins.

mod join;
mod table;

use crate::check::Formula;
use crate::condition::{self, Condition};
use crate::correlate::sequence;
use crate::diagnostic::place;
use crate::emit::Emitter;
use crate::name::{Budget, Fields, Names, Table};
use crate::outline::Select;
use crate::parse;
use crate::screen::Brackets;
use crate::script::Script;
use crate::view::{self, View};
use daemoneye_plan::NodeId;
use daemoneye_sdk::language::{Diagnostic, Schema, quoted};
use sqlparser::ast::{Spanned, TableWithJoins};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;
use std::rc::Rc;

/// What one rule is read from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'s> {
    pub(crate) script: &'s Script<'s>,
    pub(crate) brackets: &'s Brackets,
    pub(crate) schema: &'s Schema,
    pub(crate) budget: &'s Budget,
}

/// A WITH table.
#[derive(Debug)]
pub(crate) struct With<'s> {
    pub(crate) table: Table<'s>,
    pub(crate) rows: Rc<Rows<'s>>,
}

/// Rows of events, and what must hold of them.
#[derive(Debug)]
pub(crate) struct Rows<'s> {
    pub(crate) base: Base<'s>,
    pub(crate) names: Names<'s>,
    /// What INNER JOIN asks.
    joined: Vec<Formula<'s>>,
    condition: Option<Condition>,
}

/// Where rows come from.
#[derive(Debug)]
pub(crate) enum Base<'s> {
    View(&'static View),
    With(Rc<Rows<'s>>),
    Sequence(sequence::Sequence<'s>),
}

impl<'s> Rows<'s> {
    /// What FROM and WHERE of the SELECT name.
    pub(crate) fn read(
        text: Text<'s>,
        with: &[With<'s>],
        select: &Select,
    ) -> Result<Self, Diagnostic> {
        let Text { script, schema, budget, brackets } = text;
        no_gap(script, select)?;
        let mut rows = match sequence::at(script, &select.from) {
            Some(kind) => sequence::read(text, with, select, kind)?,
            None => from(text, with, select)?,
        };
        let is_grouped = select.having.is_some() || !select.groups.is_empty();
        rows.names = Names { script, schema, budget, is_grouped, ..rows.names };
        if let Some(range) = &select.condition {
            rows.condition = Some(condition::read(script, brackets, range.clone())?);
        }
        Ok(rows)
    }

    /// Rows without joins and conditions.
    pub(crate) fn plain(text: Text<'s>, base: Base<'s>, table: Table<'s>) -> Self {
        let Text { script, schema, budget, brackets: _ } = text;
        let (tables, labels) = (vec![table], Vec::new());
        let names = Names { script, schema, budget, tables, labels, is_grouped: false };
        Rows { base, names, joined: Vec::new(), condition: None }
    }

    /// The nodes that must all be true of a row. WITH tables are few, which bounds this recursion.
    pub(crate) fn emit(&self, emitter: &mut Emitter, nodes: &mut Vec<NodeId>) {
        match &self.base {
            Base::View(view) => nodes.extend(of_view(&self.names, view, emitter)),
            Base::With(rows) => rows.emit(emitter, nodes),
            Base::Sequence(_) => {}
        }
        for formula in &self.joined {
            nodes.push(emitter.formula(formula.clone(), None));
        }
        if let Some(condition) = &self.condition {
            let names = Names { is_grouped: false, ..self.names.clone() };
            nodes.push(emitter.condition(&names, condition, true));
        }
    }
}

/// The parser's own words for what is missing around FROM point to the wrong place.
fn no_gap(script: &Script<'_>, select: &Select) -> Result<(), Diagnostic> {
    let end = select.projection.last().map_or(0, |last| last.end);
    let is_empty = select.projection.iter().find(|item| item.is_empty());
    let label = script.keyword(end.wrapping_sub(1)) == Keyword::AS;
    if let Some(place) = is_empty.map(|item| item.start).or(label.then_some(end)) {
        let message = format!("{} where a name was expected", script.quoted(place..place + 1));
        let help = "write SELECT * FROM table, or the names of columns";
        return Err(Diagnostic::new(script.position(place), message, help));
    }
    if *script.token(select.from.start) == Token::LParen {
        let at = script.position(select.from.start);
        return Err(Diagnostic::new(at, "`(` where a table was expected", view::instead_of("")));
    }
    if select.from.is_empty() {
        let at = script.position(select.from.start);
        return Err(Diagnostic::new(at, "a rule without FROM", view::instead_of("")));
    }
    Ok(())
}

fn from<'s>(text: Text<'s>, with: &[With<'s>], select: &Select) -> Result<Rows<'s>, Diagnostic> {
    let script = text.script;
    let mut tables = parse::tables(script, select.from.clone())?.into_iter();
    let Some(TableWithJoins { relation, joins }) = tables.next() else {
        let at = script.position(select.from.start);
        return Err(Diagnostic::new(at, "a rule without FROM", view::instead_of("")));
    };
    if let Some(second) = tables.next() {
        let message = format!("a second table {}", quoted(&second.to_string()));
        return Err(Diagnostic::new(place(second.span().start), message, join::HELP));
    }
    let mut rows = table::base(text, with, relation)?;
    for one in joins {
        let joined = join::read(&rows.names, one)?;
        rows.joined.extend(joined.asks);
        rows.names.tables.push(joined.table);
    }
    Ok(rows)
}

/// The table of this name with the name by which the SELECT calls it.
pub(crate) fn named<'s>(
    text: Text<'s>,
    with: &[With<'s>],
    name: &str,
    qualifier: String,
) -> Option<Rows<'s>> {
    let is_it = |known: &&With<'s>| known.table.qualifier.eq_ignore_ascii_case(name);
    if let Some(known) = with.iter().rev().find(is_it) {
        let table = Table { qualifier, ..known.table.clone() };
        return Some(Rows::plain(text, Base::With(Rc::clone(&known.rows)), table));
    }
    let view = view::named(name)?;
    let table = Table { qualifier, named: Vec::new(), fields: Fields::Event };
    Some(Rows::plain(text, Base::View(view), table))
}

/// The condition of a view is written in the rule language itself.
fn of_view(names: &Names<'_>, view: &View, emitter: &mut Emitter) -> Option<NodeId> {
    if view.condition.is_empty() {
        return None;
    }
    let script = Script::read(view.condition).expect("conditions of views are well-formed");
    let brackets = Brackets::pair(&script).expect("conditions of views have paired brackets");
    let condition = condition::read(&script, &brackets, 0..script.len())
        .expect("conditions of views are conditions");
    let table = Table { qualifier: view.name.into(), named: Vec::new(), fields: Fields::Event };
    let (schema, budget) = (names.schema, names.budget);
    let (tables, labels) = (vec![table], Vec::new());
    let inner = Names { script: &script, schema, budget, tables, labels, is_grouped: false };
    let known = emitter.refused.len();
    let node = emitter.condition(&inner, &condition, false);
    for refused in &mut emitter.refused[known..] {
        let message = format!("the table {} is not there: {}", view.name, refused.message);
        *refused = Diagnostic::new(names.script.position(0), message, "select FROM process_events");
    }
    Some(node)
}
