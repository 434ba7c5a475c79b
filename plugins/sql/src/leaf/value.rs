//! What a comparison looks at: columns, literals and calls of functions.

use super::{Refused, literal, refuse};
use crate::check::Value;
use crate::diagnostic::{Diagnostic, each};
use crate::function::{self, Function};
use crate::name::{self, Names};
use crate::script::quoted;
use sqlparser::ast::{
    Expr, Function as Call, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments,
};

/// The value that the expression names.
pub(super) fn read<'s>(names: &Names<'s>, expr: &Expr) -> Result<Value<'s>, Refused> {
    if let Some(path) = name::path(expr) {
        return names.field(path).map(Value::Column).map_err(|refusal| vec![refusal]);
    }
    if let Some(literal) = literal::read(names.script, expr) {
        return literal.map(Value::Literal).map_err(|refusal| vec![refusal]);
    }
    match expr {
        Expr::Nested(inner) => read(names, inner),
        Expr::Function(call) => called(names, expr, call),
        _ => Err(vec![not_a_value(names, expr)]),
    }
}

fn called<'s>(names: &Names<'s>, expr: &Expr, call: &Call) -> Result<Value<'s>, Refused> {
    let arguments = plain_arguments(call).ok_or_else(|| vec![not_a_value(names, expr)])?;
    let name = call.name.to_string();
    let Some(function) = function::named(&name) else {
        let message = format!("the unknown function {}", quoted(&name));
        let at = names.script.position(names.script.index_at(span_start(expr)));
        return Err(vec![Diagnostic::new(at, message, function::instead_of(&name))]);
    };
    let values = each(arguments.into_iter().map(|argument| read(names, argument)))?;
    applied(names, expr, function, values)
}

fn applied<'s>(
    names: &Names<'s>,
    expr: &Expr,
    function: Function,
    values: Vec<Value<'s>>,
) -> Result<Value<'s>, Refused> {
    match function {
        Function::Coalesce if values.len() < 2 => {
            let help = "COALESCE takes at least two arguments";
            Err(vec![refuse(names, expr, "too few arguments:", help)])
        }
        Function::Coalesce => Ok(Value::Coalesce(values)),
    }
}

/// The arguments of a call that has nothing but arguments.
fn plain_arguments(call: &Call) -> Option<Vec<&Expr>> {
    let Call {
        name: _,
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args:
            FunctionArguments::List(FunctionArgumentList { duplicate_treatment: None, args, clauses }),
        within_group,
        filter: None,
        null_treatment: None,
        over: None,
    } = call
    else {
        return None;
    };
    if !within_group.is_empty() || !clauses.is_empty() {
        return None;
    }
    args.iter()
        .map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        })
        .collect()
}

fn not_a_value(names: &Names<'_>, expr: &Expr) -> Diagnostic {
    let help = "a value is a column, a literal or COALESCE(a, b); AND and OR join conditions";
    refuse(names, expr, "no value:", help)
}

fn span_start(expr: &Expr) -> sqlparser::tokenizer::Location {
    sqlparser::ast::Spanned::span(expr).start
}
