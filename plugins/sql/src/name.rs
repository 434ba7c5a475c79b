//! Columns by the names that authors write: `column` or `alias.column`.

use crate::diagnostic::Diagnostic;
use crate::schema::{Field, Schema};
use crate::script::{Script, quoted};
use sqlparser::ast::{Expr, Ident};

/// What names may mean in one rule.
pub(crate) struct Names<'s> {
    pub(crate) script: &'s Script<'s>,
    pub(crate) schema: &'s Schema,
    /// The name by which the table may be called before a point.
    pub(crate) qualifier: &'s str,
}

/// The parts of a column's name, if the expression is one.
pub(crate) fn path(expr: &Expr) -> Option<&[Ident]> {
    match expr {
        Expr::Identifier(ident) => Some(std::slice::from_ref(ident)),
        Expr::CompoundIdentifier(parts) => Some(parts),
        _ => None,
    }
}

impl<'s> Names<'s> {
    /// The column that these parts name.
    pub(crate) fn field(&self, path: &[Ident]) -> Result<&'s Field, Diagnostic> {
        let (column, qualifier) = path.split_last().expect("a name has at least one part");
        if !qualifier.is_empty() {
            self.check_qualifier(qualifier)?;
        }
        self.schema.named(&column.value).ok_or_else(|| self.unknown(column))
    }

    /// Makes sure that the parts before the column name the rule's table.
    pub(crate) fn check_qualifier(&self, path: &[Ident]) -> Result<(), Diagnostic> {
        if let [ident] = path
            && self.qualifier.eq_ignore_ascii_case(&ident.value)
        {
            return Ok(());
        }
        let first = path.first().expect("a qualifier has at least one part");
        let written: Vec<_> = path.iter().map(|ident| ident.value.as_str()).collect();
        let message = format!("unknown table {}", quoted(&written.join(".")));
        let help = format!("the rule's table is called {}", quoted(self.qualifier));
        Err(Diagnostic::new(first.span.start, message, help))
    }

    fn unknown(&self, column: &Ident) -> Diagnostic {
        let help = match (self.schema.nearest(&column.value), column.quote_style) {
            (Some(known), _) => format!("did you mean `{known}`?"),
            (None, Some('"')) => "text is written in single quotes".to_owned(),
            (None, _) => "the columns are listed in docs/events.md".to_owned(),
        };
        let message = format!("unknown column {}", quoted(&column.value));
        Diagnostic::new(column.span.start, message, help)
    }
}
