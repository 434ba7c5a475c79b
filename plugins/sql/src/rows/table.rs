//! The first table of FROM.
//!
//! The parser's structures are taken apart without `..`: a field that a later parser adds does not
//! compile until somebody has decided what it means for a rule.

use super::{Rows, Text, With, named};
use crate::script::Script;
use crate::view;
use daemoneye_sdk::language::{Diagnostic, nearest, quoted};
use sqlparser::ast::{ObjectName, ObjectNamePart, Spanned, TableAlias, TableFactor};
use std::fmt::Display;

/// What the table's name means.
pub(super) fn base<'s>(
    text: Text<'s>,
    with: &[With<'s>],
    relation: TableFactor,
) -> Result<Rows<'s>, Diagnostic> {
    let Table { name, qualifier, at } = plain(text.script, relation)?;
    named(text, with, &name, qualifier).ok_or_else(|| {
        let own = with.iter().map(|with| with.table.qualifier.as_str());
        let help = match nearest(&name, own) {
            Some(known) => format!("did you mean `{known}`?"),
            None => view::instead_of(&name),
        };
        let message = format!("unknown table {}", quoted(&name));
        Diagnostic::new(text.script.position(at), message, help)
    })
}

/// A table that has nothing but its names.
pub(super) struct Table {
    pub(super) name: String,
    pub(super) qualifier: String,
    /// The lexeme of the name.
    pub(super) at: usize,
}

pub(super) fn plain(script: &Script<'_>, relation: TableFactor) -> Result<Table, Diagnostic> {
    let refusal = unsupported(script, &relation);
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
    let at = script.index_at(name.span().start);
    let own = match name.0.as_slice() {
        [ObjectNamePart::Identifier(ident)] => ident.value.clone(),
        _ => return Err(unknown(script, &name, at)),
    };
    let qualifier = match alias {
        Some(alias) => unalias(script, alias)?,
        None => own.clone(),
    };
    Ok(Table { name: own, qualifier, at })
}

fn unknown(script: &Script<'_>, name: &ObjectName, at: usize) -> Diagnostic {
    let written = name.to_string();
    let message = format!("unknown table {}", quoted(&written));
    Diagnostic::new(script.position(at), message, view::instead_of(&written))
}

/// The name that an alias gives the table.
fn unalias(script: &Script<'_>, alias: TableAlias) -> Result<String, Diagnostic> {
    let refusal = unsupported(script, &alias);
    let TableAlias { explicit: _, name, columns, at: None } = alias else { return Err(refusal) };
    if columns.is_empty() { Ok(name.value) } else { Err(refusal) }
}

/// The screen refuses constructs by their words and knows a better form; this gate is for what it
/// has never heard of.
pub(super) fn unsupported<T: Spanned + Display>(script: &Script<'_>, what: &T) -> Diagnostic {
    let message = format!("the construct {}", quoted(&what.to_string()));
    let help = "a rule is one SELECT columns FROM table WHERE condition";
    Diagnostic::new(script.position(script.index_at(what.span().start)), message, help)
}
