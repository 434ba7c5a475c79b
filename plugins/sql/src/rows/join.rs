//! `[LEFT] JOIN processes p ON p.key = e.parent_key`: a living process beside each row.

use super::table::{self, Table as Plain};
use crate::check::{Check, Formula, Value};
use crate::name::{self, Fields, Names, Table};
use daemoneye_plan::PROCESS_KEY;
use daemoneye_sdk::language::{Diagnostic, quoted};
use sqlparser::ast::{BinaryOperator, Expr, Ident, Join, JoinConstraint, JoinOperator, Spanned};

/// The table that can be joined.
const PROCESSES: &str = "processes";
/// Joins of one SELECT.
const MOST_JOINS: usize = 8;
/// Columns that hold the key of a process.
const KEYS: &[&str] = &[PROCESS_KEY, "parent_key"];

pub(super) const HELP: &str = "a rule joins with [LEFT] JOIN processes p ON p.key = e.parent_key";

/// One join.
pub(super) struct Joined<'s> {
    pub(super) table: Table<'s>,
    /// What an inner join asks of a row.
    pub(super) asks: Option<Formula<'s>>,
}

pub(super) fn read<'s>(names: &Names<'s>, join: Join) -> Result<Joined<'s>, Diagnostic> {
    let refused = Diagnostic { help: HELP.to_owned(), ..table::unsupported(names.script, &join) };
    let Join { relation, global: false, join_operator } = join else { return Err(refused) };
    let (is_inner, constraint) = match join_operator {
        JoinOperator::Join(on) | JoinOperator::Inner(on) => (true, on),
        JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => (false, on),
        _ => return Err(refused),
    };
    let JoinConstraint::On(on) = constraint else { return Err(refused) };
    let qualifier = processes(names, table::plain(names.script, relation)?)?;
    let key = key(names, &qualifier, &on)?;
    let own = names.schema.named(PROCESS_KEY).filter(|_| is_inner);
    let asks = own.map(|own| {
        let is_null = Check::IsNull(Value::Process(Box::new(key.clone()), own));
        Formula::unless(true, Formula::Check(is_null))
    });
    let table = Table { qualifier, named: Vec::new(), fields: Fields::Process(key) };
    Ok(Joined { table, asks })
}

/// The name by which the SELECT calls the table of processes.
fn processes(names: &Names<'_>, table: Plain) -> Result<String, Diagnostic> {
    let Plain { name, qualifier, at } = table;
    let is_taken = |table: &Table<'_>| table.qualifier.eq_ignore_ascii_case(&qualifier);
    let (message, help) = if !name.eq_ignore_ascii_case(PROCESSES) {
        (format!("the table {} in a join", quoted(&name)), HELP)
    } else if names.tables.len() > MOST_JOINS {
        (format!("more than {MOST_JOINS} joins"), "write ancestor(n).name")
    } else if names.tables.iter().any(is_taken) {
        let help = "give each table a name of its own: JOIN processes p";
        (format!("a second table called {}", quoted(&qualifier)), help)
    } else {
        return Ok(qualifier);
    };
    Err(Diagnostic::new(names.script.position(at), message, help))
}

/// The key by which ON finds the process.
fn key<'s>(names: &Names<'s>, qualifier: &str, on: &Expr) -> Result<Value<'s>, Diagnostic> {
    let message = format!("the join condition {}", quoted(&on.to_string()));
    let at = names.script.position(names.script.index_at(on.span().start));
    let refused = Diagnostic::new(at, message, HELP);
    let mut on = on;
    while let Expr::Nested(inner) = on {
        on = inner;
    }
    let Expr::BinaryOp { left, op: BinaryOperator::Eq, right } = on else { return Err(refused) };
    let (Some(left), Some(right)) = (name::path(left), name::path(right)) else {
        return Err(refused);
    };
    let other = match (is_own(names, qualifier, left), is_own(names, qualifier, right)) {
        (true, false) => right,
        (false, true) => left,
        _ => return Err(refused),
    };
    let value = names.value(other)?;
    match &value {
        Value::Column(field) | Value::Process(_, field) if KEYS.contains(&&*field.name) => {
            Ok(value)
        }
        _ => Err(refused),
    }
}

/// Whether these parts name the key of the joined process.
fn is_own(names: &Names<'_>, qualifier: &str, path: &[Ident]) -> bool {
    let [table, column] = path else { return false };
    let field = names.schema.named(&column.value);
    table.value.eq_ignore_ascii_case(qualifier)
        && field.is_some_and(|field| field.name == PROCESS_KEY)
}
