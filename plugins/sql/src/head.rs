//! `SELECT projection FROM table [alias]`: the second gate, over the parser's tree.
//!
//! The parser's structures are taken apart without `..`: a field that a later parser adds does not
//! compile until somebody has decided what it means for a rule.

mod clauses;
mod projection;

use crate::diagnostic::Diagnostic;
use crate::parse;
use crate::script::{Script, quoted};
use crate::view::{self, View};
use clauses::{Parts, unalias};
pub(crate) use projection::shown;
use sqlparser::ast::{
    ObjectName, ObjectNamePart, SelectItem, Spanned, TableFactor, TableWithJoins,
};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;
use std::ops::Range;

/// One column of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The name that the author gave it with AS, else the column as the author named it.
    pub label: String,
    /// The column's own name.
    pub column: String,
}

/// What stands before the condition.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) projection: Vec<SelectItem>,
    pub(crate) view: &'static View,
    /// The name by which the table may be called before a point.
    pub(crate) qualifier: String,
}

/// Reads the lexemes before WHERE.
pub(crate) fn read(script: &Script<'_>, range: Range<usize>) -> Result<Head, Diagnostic> {
    let end = range.end;
    no_gap(script, range.clone())?;
    let Parts { projection, from } = clauses::parts(parse::statement(script, range)?, script)?;
    let Table { view, qualifier } = table(script, from, end)?;
    Ok(Head { projection, view, qualifier })
}

/// The parser's own words for what is missing around FROM point to the wrong place.
fn no_gap(script: &Script<'_>, mut range: Range<usize>) -> Result<(), Diagnostic> {
    let Some(from) = range.find(|index| script.keyword(*index) == Keyword::FROM) else {
        return Ok(());
    };
    let is_gap = *script.token(from - 1) == Token::Comma
        || matches!(script.keyword(from - 1), Keyword::SELECT | Keyword::AS);
    if is_gap {
        let help = "write SELECT * FROM table, or the names of columns";
        return Err(Diagnostic::new(
            script.position(from),
            "`FROM` where a name was expected",
            help,
        ));
    }
    if *script.token(from + 1) == Token::LParen {
        let (at, help) = (script.position(from + 1), view::instead_of(""));
        return Err(Diagnostic::new(at, "`(` where a table was expected", help));
    }
    Ok(())
}

struct Table {
    view: &'static View,
    qualifier: String,
}

fn table(script: &Script<'_>, from: Vec<TableWithJoins>, end: usize) -> Result<Table, Diagnostic> {
    let mut tables = from.into_iter();
    let Some(first) = tables.next() else {
        let message = "a rule without FROM";
        return Err(Diagnostic::new(script.position(end), message, view::instead_of("")));
    };
    if let Some(second) = tables.next() {
        let message = format!("a second table {}", quoted(&second.to_string()));
        let at = second.span().start;
        return Err(Diagnostic::new(at, message, "a rule reads one table"));
    }
    let TableWithJoins { relation, joins } = first;
    match joins.first() {
        Some(join) => Err(clauses::unsupported(script, join)),
        None => relation_table(script, relation),
    }
}

fn relation_table(script: &Script<'_>, relation: TableFactor) -> Result<Table, Diagnostic> {
    let refusal = clauses::unsupported(script, &relation);
    let TableFactor::Table {
        name,
        alias,
        args: None,
        with_hints,
        version: None,
        with_ordinality: false,
        partitions,
        json_path: None,
        sample: None,
        index_hints,
    } = relation
    else {
        return Err(refusal);
    };
    if !with_hints.is_empty() || !partitions.is_empty() || !index_hints.is_empty() {
        return Err(refusal);
    }
    let view = named_view(script, &name)?;
    let qualifier = match (alias, name.0.as_slice()) {
        (Some(alias), _) => unalias(script, alias)?,
        (None, [ObjectNamePart::Identifier(ident)]) => ident.value.clone(),
        (None, _) => return Err(refusal),
    };
    Ok(Table { view, qualifier })
}

fn named_view(script: &Script<'_>, name: &ObjectName) -> Result<&'static View, Diagnostic> {
    let known = match name.0.as_slice() {
        [ObjectNamePart::Identifier(ident)] => view::named(&ident.value),
        _ => None,
    };
    known.ok_or_else(|| {
        let written = name.to_string();
        let at = script.position(script.index_at(name.span().start));
        Diagnostic::new(
            at,
            format!("unknown table {}", quoted(&written)),
            view::instead_of(&written),
        )
    })
}
