//! The columns that an alert of the rule shows.

use super::Shown;
use super::clauses::unsupported;
use crate::diagnostic::{Diagnostic, each};
use crate::name::{self, Names};
use sqlparser::ast::{
    Expr, Ident, ObjectName, SelectItem, SelectItemQualifiedWildcardKind, Spanned,
    WildcardAdditionalOptions,
};

/// What `*` shows. Columns that the schema does not have are left out.
const SHOWN_BY_DEFAULT: &[&str] =
    &["pid", "name", "executable_path", "command_line", "user_name", "parent_path"];

/// Columns in one projection, those of `*` counted.
const MOST_SHOWN: usize = 256;

/// The shown columns in the author's order.
pub(crate) fn shown(
    names: &Names<'_>,
    items: Vec<SelectItem>,
) -> Result<Vec<Shown>, Vec<Diagnostic>> {
    let shown =
        each(items.into_iter().map(|item| one(names, item).map_err(|refusal| vec![refusal])))?
            .concat();
    if shown.len() > MOST_SHOWN {
        let message = format!("a projection of {} columns", shown.len());
        let help = format!("a rule shows at most {MOST_SHOWN}");
        return Err(vec![Diagnostic::new(names.script.position(1), message, help)]);
    }
    Ok(shown)
}

fn one(names: &Names<'_>, item: SelectItem) -> Result<Vec<Shown>, Diagnostic> {
    let refusal = unsupported(names.script, &item);
    match item {
        SelectItem::UnnamedExpr(expr) => column(names, &expr, None).map(|shown| vec![shown]),
        SelectItem::ExprWithAlias { expr, alias } => {
            column(names, &expr, Some(alias)).map(|shown| vec![shown])
        }
        SelectItem::Wildcard(options) if is_bare(&options) => Ok(all(names)),
        SelectItem::QualifiedWildcard(kind, options) if is_bare(&options) => match kind {
            SelectItemQualifiedWildcardKind::ObjectName(ObjectName(parts)) => {
                let parts: Option<Vec<_>> = parts.iter().map(|p| p.as_ident().cloned()).collect();
                names.check_qualifier(&parts.ok_or(refusal)?).map(|()| all(names))
            }
            SelectItemQualifiedWildcardKind::Expr(_) => Err(refusal),
        },
        SelectItem::Wildcard(_)
        | SelectItem::QualifiedWildcard(..)
        | SelectItem::ExprWithAliases { .. } => Err(refusal),
    }
}

fn column(names: &Names<'_>, expr: &Expr, label: Option<Ident>) -> Result<Shown, Diagnostic> {
    let path = name::path(expr).ok_or_else(|| {
        let message = format!(
            "the expression {} in the projection",
            crate::script::quoted(&expr.to_string())
        );
        let help = "a rule shows columns; write their names";
        Diagnostic::new(
            names.script.position(names.script.index_at(expr.span().start)),
            message,
            help,
        )
    })?;
    let field = names.field(path)?;
    let own = path.last().map_or_else(String::new, |ident| ident.value.clone());
    Ok(Shown { label: label.map_or(own, |ident| ident.value), column: field.name.clone() })
}

fn all(names: &Names<'_>) -> Vec<Shown> {
    let fields = SHOWN_BY_DEFAULT.iter().filter_map(|name| names.schema.named(name));
    fields.map(|field| Shown { label: field.name.clone(), column: field.name.clone() }).collect()
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
