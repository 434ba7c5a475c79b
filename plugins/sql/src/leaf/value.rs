//! Values: columns, literals and what is calculated from them.

use super::{Refused, both, call, choice, formula, is_condition, literal, refuse};
use crate::check::Value;
use crate::name::{self, Names};
use daemoneye_plan::Function;
use daemoneye_sdk::language::Diagnostic;
use sqlparser::ast::{BinaryOperator, CastKind, DataType, Expr, UnaryOperator};

/// The value of the expression, which stands between brackets, commas or words.
pub(crate) fn read<'s>(names: &Names<'s>, expr: &Expr) -> Result<Value<'s>, Refused> {
    if let Some(path) = name::path(expr) {
        return names.value(path).map_err(|refusal| vec![refusal]);
    }
    if let Some(literal) = literal::read(names.script, expr) {
        return literal.map(Value::Literal).map_err(|refusal| vec![refusal]);
    }
    match expr {
        Expr::Nested(inner) => read(names, inner),
        Expr::Function(call) => call::read(names, expr, call),
        Expr::CompoundFieldAccess { root, access_chain } => {
            call::ancestor(names, expr, root, access_chain)
        }
        Expr::Case { .. } => choice::read_case(names, expr),
        Expr::Cast { kind: CastKind::Cast, expr: inner, data_type, format: None } => {
            let function = cast(data_type).ok_or_else(|| vec![unknown_type(names, expr)])?;
            Ok(Value::Call(function, vec![read(names, inner)?]))
        }
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => {
            Ok(Value::Call(Function::Negate, vec![side(names, expr)?]))
        }
        Expr::BinaryOp { left, op, right } if arithmetic(op).is_some() => {
            calculated(names, expr, (left, op, right))
        }
        _ if is_condition(expr) => Ok(Value::Truth(Box::new(formula(names, expr)?))),
        _ => Err(vec![not_a_value(names, expr)]),
    }
}

/// The value of one side of an operator. SQLite and the parser do not agree which of two comparisons
/// without brackets comes first, so there must be brackets.
pub(super) fn side<'s>(names: &Names<'s>, expr: &Expr) -> Result<Value<'s>, Refused> {
    if is_condition(expr) {
        let help = "put it in brackets, or join conditions with AND and OR";
        return Err(vec![refuse(names, expr, "no value:", help)]);
    }
    read(names, expr)
}

/// The value once more: CASE calculates what it compares for each WHEN, and BETWEEN for each bound.
pub(super) fn copied<'s>(
    names: &Names<'s>,
    value: &Value<'s>,
    at: &Expr,
) -> Result<Value<'s>, Refused> {
    if names.budget.takes(value.extent().values) {
        return Ok(value.clone());
    }
    let help = "name the value in a WITH table, or split the rule";
    Err(vec![refuse(names, at, "a rule that grows too large at", help)])
}

fn calculated<'s>(
    names: &Names<'s>,
    expr: &Expr,
    (left, op, right): (&Expr, &BinaryOperator, &Expr),
) -> Result<Value<'s>, Refused> {
    let function = arithmetic(op).ok_or_else(|| vec![not_a_value(names, expr)])?;
    if function == Function::Concat && binds_like_product(left) {
        let help = "put the product in brackets, or the texts that are joined";
        return Err(vec![refuse(names, expr, "a product beside || without brackets:", help)]);
    }
    let (left, right) = both(side(names, left), side(names, right))?;
    Ok(Value::Call(function, vec![left, right]))
}

/// In SQLite `||` binds tighter than these, to the parser it is one of them.
fn binds_like_product(expr: &Expr) -> bool {
    let product = |op: &BinaryOperator| {
        matches!(op, BinaryOperator::Multiply | BinaryOperator::Divide | BinaryOperator::Modulo)
    };
    match expr {
        Expr::BinaryOp { op, .. } if product(op) => true,
        Expr::BinaryOp { left, op: BinaryOperator::StringConcat, .. } => binds_like_product(left),
        _ => false,
    }
}

fn arithmetic(operator: &BinaryOperator) -> Option<Function> {
    Some(match operator {
        BinaryOperator::Plus => Function::Add,
        BinaryOperator::Minus => Function::Subtract,
        BinaryOperator::Multiply => Function::Multiply,
        BinaryOperator::Divide => Function::Divide,
        BinaryOperator::Modulo => Function::Modulo,
        BinaryOperator::StringConcat => Function::Concat,
        _ => return None,
    })
}

fn cast(data_type: &DataType) -> Option<Function> {
    Some(match data_type {
        DataType::Integer(None) | DataType::Int(None) => Function::CastInteger,
        DataType::Real => Function::CastFloat,
        DataType::Text => Function::CastText,
        _ => return None,
    })
}

fn unknown_type(names: &Names<'_>, expr: &Expr) -> Diagnostic {
    let help = "the types are INTEGER, REAL and TEXT";
    refuse(names, expr, "an unknown type in", help)
}

pub(super) fn not_a_value(names: &Names<'_>, expr: &Expr) -> Diagnostic {
    let help = "a value is a column, a literal, a function of them, CASE, CAST or a calculation";
    refuse(names, expr, "no value:", help)
}
