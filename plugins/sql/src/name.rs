//! Columns by the names that authors write: `column` or `table.column`.

use crate::check::Value;
use crate::diagnostic::place;
use crate::script::Script;
use daemoneye_plan::MAX_NODES;
use daemoneye_sdk::language::{Diagnostic, Field, Schema, nearest, quoted};
use sqlparser::ast::{Expr, Ident};
use std::cell::Cell;

/// What names may mean in one SELECT.
#[derive(Debug, Clone)]
pub(crate) struct Names<'s> {
    pub(crate) script: &'s Script<'s>,
    pub(crate) schema: &'s Schema,
    pub(crate) budget: &'s Budget,
    pub(crate) tables: Vec<Table<'s>>,
    /// The labels of the projection: what a name means that is no column.
    pub(crate) labels: Vec<(String, Value<'s>)>,
    /// Whether rows stand in groups here.
    pub(crate) is_grouped: bool,
}

/// A table in FROM or JOIN.
#[derive(Debug, Clone)]
pub(crate) struct Table<'s> {
    /// The name by which it may be called before a point.
    pub(crate) qualifier: String,
    /// Columns that a WITH table has by names of its own.
    pub(crate) named: Vec<(String, Value<'s>)>,
    /// Columns that it has besides.
    pub(crate) fields: Fields<'s>,
}

/// The fields of the schema as columns of a table.
#[derive(Debug, Clone)]
pub(crate) enum Fields<'s> {
    None,
    Event,
    /// Of the living process that has the key.
    Process(Value<'s>),
}

/// How much a rule may still grow by using what it has named.
#[derive(Debug)]
pub(crate) struct Budget(Cell<usize>);

impl Budget {
    pub(crate) fn new() -> Self {
        Budget(Cell::new(MAX_NODES))
    }

    /// Whether so many more values fit a plan.
    pub(crate) fn takes(&self, values: usize) -> bool {
        let left = self.0.get().checked_sub(values);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

/// The parts of a column's name, if the expression is one.
pub(crate) fn path(expr: &Expr) -> Option<&[Ident]> {
    match expr {
        Expr::Identifier(ident) => Some(std::slice::from_ref(ident)),
        Expr::CompoundIdentifier(parts) => Some(parts),
        _ => None,
    }
}

impl<'s> Table<'s> {
    fn value(&self, schema: &'s Schema, column: &str) -> Option<Value<'s>> {
        let named = self.named.iter().find(|(name, _)| name.eq_ignore_ascii_case(column));
        if let Some((_, value)) = named {
            return Some(value.clone());
        }
        let of = |field: &'s Field| match &self.fields {
            Fields::None => None,
            Fields::Event => Some(Value::Column(field)),
            Fields::Process(key) => Some(Value::Process(Box::new(key.clone()), field)),
        };
        schema.named(column).and_then(of)
    }
}

impl<'s> Names<'s> {
    /// What these parts name.
    pub(crate) fn value(&self, path: &[Ident]) -> Result<Value<'s>, Diagnostic> {
        let (column, qualifier) = path.split_last().expect("a name has at least one part");
        let value = if qualifier.is_empty() {
            self.anywhere(column)?
        } else {
            let table = self.table(qualifier)?;
            table.value(self.schema, &column.value).ok_or_else(|| self.unknown(column))?
        };
        if self.budget.takes(value.extent().values) {
            return Ok(value);
        }
        let help = "split the rule into several";
        Err(Diagnostic::new(place(column.span.start), "a rule that grows too large", help))
    }

    fn anywhere(&self, column: &Ident) -> Result<Value<'s>, Diagnostic> {
        let mut found = self.tables.iter().filter_map(|table| {
            table.value(self.schema, &column.value).map(|value| (&table.qualifier, value))
        });
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Ok(value),
            (Some((first, _)), Some((second, _))) => {
                let name = &column.value;
                let message = format!("the column {} of more than one table", quoted(name));
                let help = format!("write {first}.{name} or {second}.{name}");
                Err(Diagnostic::new(place(column.span.start), message, help))
            }
            (None, _) => self.label(column).ok_or_else(|| self.unknown(column)),
        }
    }

    fn label(&self, column: &Ident) -> Option<Value<'s>> {
        let is_it = |(label, _): &&(String, Value<'s>)| label.eq_ignore_ascii_case(&column.value);
        let (_, value) = self.labels.iter().find(is_it)?;
        (self.is_grouped || !value.has_aggregate()).then(|| value.clone())
    }

    /// The table that the parts before a point name.
    pub(crate) fn table(&self, path: &[Ident]) -> Result<&Table<'s>, Diagnostic> {
        if let [ident] = path
            && let Some(table) =
                self.tables.iter().find(|table| table.qualifier.eq_ignore_ascii_case(&ident.value))
        {
            return Ok(table);
        }
        let first = path.first().expect("a qualifier has at least one part");
        let written: Vec<_> = path.iter().map(|ident| ident.value.as_str()).collect();
        let message = format!("unknown table {}", quoted(&written.join(".")));
        let known: Vec<_> = self.tables.iter().map(|table| quoted(&table.qualifier)).collect();
        let help = match known.as_slice() {
            [one] => format!("the rule's table is called {one}"),
            many => format!("the rule's tables are called {}", many.join(" and ")),
        };
        Err(Diagnostic::new(place(first.span.start), message, help))
    }

    fn unknown(&self, column: &Ident) -> Diagnostic {
        let help = match (self.nearest(&column.value), column.quote_style) {
            (Some(known), _) => format!("did you mean `{known}`?"),
            (None, Some('"')) => "text is written in single quotes".to_owned(),
            (None, _) if !self.has_fields() => {
                let named = self.tables.iter().flat_map(|table| &table.named);
                let names: Vec<_> = named.map(|(name, _)| name.as_str()).collect();
                format!("the columns are {}", names.join(", "))
            }
            (None, _) => "the columns are listed in docs/events.md".to_owned(),
        };
        let message = format!("unknown column {}", quoted(&column.value));
        Diagnostic::new(place(column.span.start), message, help)
    }

    fn has_fields(&self) -> bool {
        self.tables.iter().any(|table| !matches!(table.fields, Fields::None))
    }

    fn nearest(&self, name: &str) -> Option<&str> {
        let named = self.tables.iter().flat_map(|table| &table.named);
        let near = nearest(name, named.map(|(name, _)| name.as_str()));
        near.or_else(|| self.has_fields().then(|| self.schema.nearest(name)).flatten())
    }
}
