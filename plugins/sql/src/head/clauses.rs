//! Everything a SELECT can have besides a projection and tables, and that a rule must not have.

use crate::diagnostic::Diagnostic;
use crate::script::{Script, quoted};
use sqlparser::ast::{
    GroupByExpr, Query, Select, SelectFlavor, SelectItem, SetExpr, Spanned, Statement, TableAlias,
    TableWithJoins,
};
use std::fmt::Display;

/// What is left of a statement that has nothing else.
pub(super) struct Parts {
    pub(super) projection: Vec<SelectItem>,
    pub(super) from: Vec<TableWithJoins>,
}

/// The screen refuses these constructs by their words and knows a better form; this gate is for
/// what it has never heard of.
pub(super) fn unsupported<T: Spanned + Display>(script: &Script<'_>, what: &T) -> Diagnostic {
    let span = what.span();
    let message = format!("the construct {}", quoted(&what.to_string()));
    let help = "a rule is one SELECT columns FROM table WHERE condition";
    Diagnostic::new(script.position(script.index_at(span.start)), message, help)
}

/// The projection and the tables of a plain SELECT.
pub(super) fn parts(statement: Statement, script: &Script<'_>) -> Result<Parts, Diagnostic> {
    let Statement::Query(query) = statement else {
        return Err(unsupported(script, &statement));
    };
    let refusal = unsupported(script, query.as_ref());
    select_of(*query).and_then(parts_of).ok_or(refusal)
}

fn select_of(query: Query) -> Option<Select> {
    let Query {
        with: None,
        body,
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks,
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators,
    } = query
    else {
        return None;
    };
    match *body {
        SetExpr::Select(select) if locks.is_empty() && pipe_operators.is_empty() => Some(*select),
        _ => None,
    }
}

fn parts_of(select: Select) -> Option<Parts> {
    let Select {
        select_token: _,
        optimizer_hints,
        distinct: None,
        select_modifiers: None,
        top: None,
        top_before_distinct: false,
        projection,
        exclude: None,
        into: None,
        from,
        lateral_views,
        prewhere: None,
        selection: None,
        connect_by,
        group_by: GroupByExpr::Expressions(groups, modifiers),
        cluster_by,
        distribute_by,
        sort_by,
        having: None,
        named_window,
        qualify: None,
        window_before_qualify: _,
        value_table_mode: None,
        flavor: SelectFlavor::Standard,
    } = select
    else {
        return None;
    };
    let is_plain = optimizer_hints.is_empty()
        && lateral_views.is_empty()
        && connect_by.is_empty()
        && groups.is_empty()
        && modifiers.is_empty()
        && cluster_by.is_empty()
        && distribute_by.is_empty()
        && sort_by.is_empty()
        && named_window.is_empty();
    is_plain.then_some(Parts { projection, from })
}

/// The name that an alias gives the table.
pub(super) fn unalias(script: &Script<'_>, alias: TableAlias) -> Result<String, Diagnostic> {
    let refusal = unsupported(script, &alias);
    let TableAlias { explicit: _, name, columns, at: None } = alias else { return Err(refusal) };
    if columns.is_empty() { Ok(name.value) } else { Err(refusal) }
}
