//! Values that stand in the rule.

use crate::script::Script;
use daemoneye_plan::Literal;
use daemoneye_sdk::language::Diagnostic;
use sqlparser::ast::{Expr, Spanned, UnaryOperator, Value};

/// Digits of the largest hexadecimal number.
const HEX_DIGITS: usize = 16;

/// The literal that the expression is. None if it is something else, an error if no number of 64
/// bits is meant by its digits.
pub(super) fn read(script: &Script<'_>, expr: &Expr) -> Option<Result<Literal, Diagnostic>> {
    match expr {
        Expr::Nested(inner) => read(script, inner),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr: inner } => signed(script, inner, "-"),
        Expr::UnaryOp { op: UnaryOperator::Plus, expr: inner } => signed(script, inner, ""),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(Ok(Literal::Text(text.clone()))),
            Value::Boolean(truth) => Some(Ok(Literal::Integer(i64::from(*truth)))),
            Value::Null => Some(Ok(Literal::Null)),
            _ => signed(script, expr, ""),
        },
        _ => None,
    }
}

fn signed(script: &Script<'_>, expr: &Expr, sign: &str) -> Option<Result<Literal, Diagnostic>> {
    let Expr::Value(value) = expr else { return None };
    let number = match &value.value {
        Value::Number(digits, false) => decimal(sign, digits),
        Value::HexStringLiteral(digits) => hexadecimal(sign, digits),
        _ => return None,
    };
    Some(number.ok_or_else(|| {
        let index = script.index_at(expr.span().start);
        let message = format!("the number {sign}{}", script.clause(index..index + 1));
        let help = "a number has at most 64 bits: 16 hexadecimal digits";
        Diagnostic::new(script.position(index), message, help)
    }))
}

/// Whole numbers that do not fit 64 bits are fractional ones, as in SQLite.
fn decimal(sign: &str, digits: &str) -> Option<Literal> {
    let digits = format!("{sign}{}", digits.replace('_', ""));
    match digits.parse::<i64>() {
        Ok(integer) => Some(Literal::Integer(integer)),
        Err(_) => digits.parse().ok().map(Literal::Float),
    }
}

/// Hexadecimal digits are the bits of a number of 64 bits: sixteen f are -1, as in SQLite.
fn hexadecimal(sign: &str, digits: &str) -> Option<Literal> {
    let digits = digits.replace('_', "");
    let digits = digits.trim_start_matches('0');
    if digits.len() > HEX_DIGITS {
        return None;
    }
    let digits = if digits.is_empty() { "0" } else { digits };
    let number = u64::from_str_radix(digits, 16).ok()?.cast_signed();
    let number = if sign.is_empty() { Some(number) } else { number.checked_neg() };
    number.map(Literal::Integer)
}
