//! What a SELECT shows: the columns of an alert, or those of a WITH table.

use crate::check::Value;
use crate::diagnostic::each;
use crate::leaf;
use crate::name::{self, Fields, Names, Table};
use crate::parse;
use crate::script::Script;
use daemoneye_plan::MAX_DEPTH;
use daemoneye_sdk::language::{Diagnostic, Shown, quoted};
use sqlparser::ast::{
    Expr, Ident, ObjectName, SelectItem, SelectItemQualifiedWildcardKind, Spanned,
    WildcardAdditionalOptions,
};
use std::fmt::Display;
use std::ops::Range;

/// What `*` shows. Columns that the schema does not have are left out.
const SHOWN_BY_DEFAULT: &[&str] =
    &["pid", "name", "executable_path", "command_line", "user_name", "parent_path"];

/// Columns in one projection, those of `*` counted.
const MOST_SHOWN: usize = 256;

/// One item of a projection.
#[derive(Debug)]
pub(crate) enum Item<'s> {
    /// `*`, or `table.*` with the name of the table.
    All(Option<String>),
    /// A value, and its name where it has one.
    Value(Option<String>, Value<'s>),
}

/// The items in the author's order.
pub(crate) fn read<'s>(
    names: &Names<'s>,
    items: &[Range<usize>],
) -> Result<Vec<Item<'s>>, Vec<Diagnostic>> {
    if items.len() > MOST_SHOWN {
        let message = format!("a projection of {} columns", items.len());
        let help = format!("a rule shows at most {MOST_SHOWN}");
        return Err(vec![Diagnostic::new(names.script.position(1), message, help)]);
    }
    each(items.iter().map(|range| {
        let item = parse::item(names.script, range.clone()).map_err(|refusal| vec![refusal])?;
        one(names, &item)
    }))
}

fn one<'s>(names: &Names<'s>, item: &SelectItem) -> Result<Item<'s>, Vec<Diagnostic>> {
    let refusal = || vec![unsupported(names.script, item)];
    match item {
        SelectItem::UnnamedExpr(expr) => {
            let own = name::path(expr).and_then(|path| path.last());
            value(names, expr, own)
        }
        SelectItem::ExprWithAlias { expr, alias } => value(names, expr, Some(alias)),
        SelectItem::Wildcard(options) if is_bare(options) => Ok(Item::All(None)),
        SelectItem::QualifiedWildcard(kind, options) if is_bare(options) => match kind {
            SelectItemQualifiedWildcardKind::ObjectName(ObjectName(parts)) => {
                let parts: Option<Vec<_>> = parts.iter().map(|p| p.as_ident().cloned()).collect();
                let table = names.table(&parts.ok_or_else(refusal)?).map_err(|d| vec![d])?;
                Ok(Item::All(Some(table.qualifier.clone())))
            }
            SelectItemQualifiedWildcardKind::Expr(_) => Err(refusal()),
        },
        SelectItem::Wildcard(_)
        | SelectItem::QualifiedWildcard(..)
        | SelectItem::ExprWithAliases { .. } => Err(refusal()),
    }
}

fn value<'s>(
    names: &Names<'s>,
    expr: &Expr,
    label: Option<&Ident>,
) -> Result<Item<'s>, Vec<Diagnostic>> {
    let value = leaf::value(names, expr)?;
    Ok(Item::Value(label.map(|ident| ident.value.clone()), value))
}

/// Names that the projection gives to its values.
pub(crate) fn labels<'s>(items: &[Item<'s>]) -> Vec<(String, Value<'s>)> {
    let named = items.iter().filter_map(|item| match item {
        Item::Value(Some(label), value) => Some((label.clone(), value.clone())),
        _ => None,
    });
    named.collect()
}

/// One column of an answer.
#[derive(Debug)]
pub(crate) struct Told<'s> {
    pub(crate) label: String,
    pub(crate) value: Value<'s>,
}

/// The columns of an answer; one without a name is called as it is written.
pub(crate) fn told<'s>(
    names: &Names<'s>,
    written: &[Range<usize>],
    items: Vec<Item<'s>>,
) -> Vec<Told<'s>> {
    let mut told = Vec::new();
    for (range, item) in written.iter().zip(items) {
        match item {
            Item::Value(label, value) => {
                let written = || names.script.clause(range.clone()).to_owned();
                told.push(Told { label: label.unwrap_or_else(written), value });
            }
            Item::All(_) => {
                let named = names.tables.iter().flat_map(|table| &table.named);
                let named = named.map(|(name, value)| (name.clone(), value.clone()));
                let has_fields = |table: &Table<'_>| matches!(table.fields, Fields::Event);
                let fields = names.tables.iter().any(has_fields).then_some(SHOWN_BY_DEFAULT);
                let fields = fields.unwrap_or_default().iter();
                let fields = fields.filter_map(|name| names.schema.named(name));
                let fields = fields.map(|field| (field.name.clone(), Value::Column(field)));
                told.extend(named.chain(fields).map(|(label, value)| Told { label, value }));
            }
        }
    }
    told
}

/// The columns that an alert of the rule shows. Of a value that is calculated, it shows the columns
/// of the event that the value comes from.
pub(crate) fn shown(names: &Names<'_>, items: &[Item<'_>]) -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::new();
    for item in items {
        let mut add = |label: &str, column: &str| {
            let one = Shown { label: label.to_owned(), column: column.to_owned() };
            if shown.len() < MOST_SHOWN && !shown.contains(&one) {
                shown.push(one);
            }
        };
        match item {
            Item::Value(Some(label), Value::Column(field)) => add(label, &field.name),
            Item::Value(_, value) => value.columns(&mut |field| add(&field.name, &field.name)),
            Item::All(_) => all(names, &mut add),
        }
    }
    shown
}

fn all(names: &Names<'_>, add: &mut dyn FnMut(&str, &str)) {
    for (label, value) in names.tables.iter().flat_map(|table| &table.named) {
        if let Value::Column(field) = value {
            add(label, &field.name);
        }
    }
    if names.tables.iter().any(|table| matches!(table.fields, Fields::Event)) {
        for field in SHOWN_BY_DEFAULT.iter().filter_map(|name| names.schema.named(name)) {
            add(&field.name, &field.name);
        }
    }
}

/// The columns that a WITH table has.
pub(crate) fn table<'s>(
    names: &Names<'s>,
    qualifier: &str,
    at: usize,
    items: Vec<Item<'s>>,
) -> Result<Table<'s>, Diagnostic> {
    let qualifier = qualifier.to_owned();
    let mut table = Table { qualifier, named: Vec::new(), fields: Fields::None };
    for item in items {
        add(names, &mut table, item).map_err(|(message, help)| {
            let message = format!("{message} in the table {}", quoted(&table.qualifier));
            Diagnostic::new(names.script.position(at), message, help)
        })?;
    }
    Ok(table)
}

/// Adds the columns of the item; fails with what was found and what to write instead.
fn add<'s>(
    names: &Names<'s>,
    table: &mut Table<'s>,
    item: Item<'s>,
) -> Result<(), (String, &'static str)> {
    let of = match item {
        Item::Value(Some(name), value) if value.extent().levels < MAX_DEPTH => {
            table.named.push((name, named(value)));
            return Ok(());
        }
        Item::Value(Some(name), _) => {
            return Err((
                format!("the column {} nested too deep", quoted(&name)),
                "split the rule",
            ));
        }
        Item::Value(None, _) => {
            return Err(("a column without a name".to_owned(), "write SELECT value AS name"));
        }
        Item::All(of) => of,
    };
    let is_it = |known: &&Table<'s>| of.as_ref().is_none_or(|of| *of == known.qualifier);
    for known in names.tables.iter().filter(is_it) {
        table.named.extend(known.named.iter().cloned());
        match (&table.fields, &known.fields) {
            (_, Fields::None) => {}
            (Fields::None, fields) => table.fields = fields.clone(),
            _ => {
                let help = "write e.*, and each column of the other by name";
                return Err(("all columns of two tables".to_owned(), help));
            }
        }
    }
    Ok(())
}

/// A column stays one; whatever else has a name is compared like a column of its own.
fn named(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Column(_) | Value::Process(..) | Value::Named(_) => value,
        other => Value::Named(Box::new(other)),
    }
}

fn unsupported<T: Spanned + Display>(script: &Script<'_>, what: &T) -> Diagnostic {
    let message = format!("the construct {}", quoted(&what.to_string()));
    let help = "a rule shows columns; write their names, or *";
    Diagnostic::new(script.position(script.index_at(what.span().start)), message, help)
}

fn is_bare(options: &WildcardAdditionalOptions) -> bool {
    let WildcardAdditionalOptions {
        wildcard_token: _,
        opt_ilike,
        opt_exclude,
        opt_except,
        opt_replace,
        opt_rename,
        opt_alias,
    } = options;
    opt_ilike.is_none()
        && opt_exclude.is_none()
        && opt_except.is_none()
        && opt_replace.is_none()
        && opt_rename.is_none()
        && opt_alias.is_none()
}
