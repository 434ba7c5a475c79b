//! One comparison: the second gate for conditions, over the parser's tree.
//!
//! A shape of expression that is not named here is refused.

mod call;
mod choice;
mod literal;
mod pattern;
mod value;

use crate::check::{Check, Formula, Value};
use crate::diagnostic::each;
use crate::function::{self, Called};
use crate::name::{self, Names};
use crate::parse;
use daemoneye_plan::{Comparison, Literal};
use daemoneye_sdk::language::{Diagnostic, quoted};
use sqlparser::ast::{BinaryOperator, Expr, Spanned, UnaryOperator};
use std::ops::Range;

pub(crate) use value::read as value;

/// Everything that is wrong with one comparison.
type Refused = Vec<Diagnostic>;

/// What these lexemes test.
pub(crate) fn read<'s>(names: &Names<'s>, range: Range<usize>) -> Result<Formula<'s>, Refused> {
    let expr = parse::expression(names.script, range).map_err(|refusal| vec![refusal])?;
    formula(names, &expr)
}

/// The value that these lexemes have.
pub(crate) fn read_value<'s>(names: &Names<'s>, range: Range<usize>) -> Result<Value<'s>, Refused> {
    let expr = parse::expression(names.script, range).map_err(|refusal| vec![refusal])?;
    value::read(names, &expr)
}

/// Whether the expression is a condition, and not a value that may be used as one.
fn is_condition(expr: &Expr) -> bool {
    match expr {
        Expr::IsNull(_) | Expr::IsNotNull(_) | Expr::RLike { .. } | Expr::Like { .. } => true,
        Expr::InList { .. } | Expr::Between { .. } => true,
        Expr::UnaryOp { op: UnaryOperator::Not, .. } => true,
        Expr::BinaryOp { op: BinaryOperator::Regexp, .. } => true,
        Expr::BinaryOp { op: BinaryOperator::And | BinaryOperator::Or, .. } => true,
        Expr::BinaryOp { op, .. } => comparison(op).is_some(),
        _ => false,
    }
}

/// The parser's bounds bound this recursion.
fn formula<'s>(names: &Names<'s>, expr: &Expr) -> Result<Formula<'s>, Refused> {
    let test = |negated, check| Ok(Formula::unless(negated, Formula::Check(check)));
    match expr {
        Expr::Nested(inner) => formula(names, inner),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
            Ok(Formula::Not(Box::new(formula(names, expr)?)))
        }
        Expr::IsNull(inner) => test(false, Check::IsNull(value::side(names, inner)?)),
        Expr::IsNotNull(inner) => test(true, Check::IsNull(value::side(names, inner)?)),
        Expr::RLike { negated, expr, pattern, regexp: true } => {
            test(*negated, regexp(names, expr, pattern)?)
        }
        Expr::BinaryOp { left, op, right } if is_condition(expr) => {
            binary(names, expr, (left, op, right))
        }
        Expr::Like { negated, any: false, expr, pattern, escape_char } => {
            test(*negated, like(names, expr, pattern, escape_char.as_deref())?)
        }
        Expr::InList { negated, expr, list } => test(*negated, in_list(names, expr, list)?),
        Expr::Between { negated, expr, low, high } => {
            Ok(Formula::unless(*negated, between(names, expr, low, high)?))
        }
        _ => truth(names, expr),
    }
}

fn binary<'s>(
    names: &Names<'s>,
    expr: &Expr,
    (left, op, right): (&Expr, &BinaryOperator, &Expr),
) -> Result<Formula<'s>, Refused> {
    match op {
        BinaryOperator::And => Ok(Formula::All(chain(names, expr, op)?)),
        BinaryOperator::Or => Ok(Formula::Any(chain(names, expr, op)?)),
        BinaryOperator::Regexp => Ok(Formula::Check(regexp(names, left, right)?)),
        _ => match comparison(op) {
            Some(comparison) => Ok(Formula::Check(compare(names, left, comparison, right)?)),
            None => Err(vec![refuse(names, expr, "no condition:", FORMS)]),
        },
    }
}

const FORMS: &str = "a condition is value = value, value LIKE 'pattern', value IN (values), \
                     value BETWEEN a AND b, value IS NULL, value REGEXP 'pattern' or a value";

/// The terms of `a AND b AND c`, which the parser hands over as a tree.
fn chain<'s>(
    names: &Names<'s>,
    expr: &Expr,
    operator: &BinaryOperator,
) -> Result<Vec<Formula<'s>>, Refused> {
    match expr {
        Expr::BinaryOp { left, op, right } if op == operator => {
            let (mut terms, more) = both(chain(names, left, op), chain(names, right, op))?;
            terms.extend(more);
            Ok(terms)
        }
        _ => Ok(vec![formula(names, expr)?]),
    }
}

/// A value as a condition.
fn truth<'s>(names: &Names<'s>, expr: &Expr) -> Result<Formula<'s>, Refused> {
    if let Some((inner, truth)) = if_null(names, expr) {
        return Ok(Formula::IfNull(Box::new(formula(names, inner)?), truth));
    }
    Ok(Formula::Check(match value::read(names, expr)? {
        Value::Literal(Literal::Integer(number)) => Check::Constant(Some(number != 0)),
        Value::Literal(Literal::Null) => Check::Constant(None),
        Value::Truth(formula) => return Ok(*formula),
        value => Check::IsTrue(value),
    }))
}

/// The condition and the truth of `COALESCE(condition, truth)`.
fn if_null<'e>(names: &Names<'_>, expr: &'e Expr) -> Option<(&'e Expr, bool)> {
    let Expr::Function(call) = expr else { return None };
    if !matches!(function::named(&call.name.to_string()), Some(Called::Coalesce(_))) {
        return None;
    }
    let [condition, otherwise] = *call::plain_arguments(call)? else { return None };
    match literal::read(names.script, otherwise)? {
        Ok(Literal::Integer(truth @ (0 | 1))) => Some((condition, truth == 1)),
        _ => None,
    }
}

fn compare<'s>(
    names: &Names<'s>,
    left: &Expr,
    comparison: Comparison,
    right: &Expr,
) -> Result<Check<'s>, Refused> {
    let (left, right) = both(value::side(names, left), value::side(names, right))?;
    Ok(Check::Compare(left, comparison, right))
}

fn between<'s>(
    names: &Names<'s>,
    expr: &Expr,
    low: &Expr,
    high: &Expr,
) -> Result<Formula<'s>, Refused> {
    let bounds = both(value::side(names, low), value::side(names, high));
    let (value, (low, high)) = both(value::side(names, expr), bounds)?;
    let copy = value::copied(names, &value, expr)?;
    Ok(Formula::All(vec![
        Formula::Check(Check::Compare(copy, Comparison::GreaterOrEqual, low)),
        Formula::Check(Check::Compare(value, Comparison::LessOrEqual, high)),
    ]))
}

fn like<'s>(
    names: &Names<'s>,
    expr: &Expr,
    pattern: &Expr,
    escape: Option<&Expr>,
) -> Result<Check<'s>, Refused> {
    let pattern = pattern::like(names.script, pattern, escape).map_err(|refusal| vec![refusal]);
    let (value, pattern) = both(value::side(names, expr), pattern)?;
    Ok(Check::Like(value, pattern))
}

fn regexp<'s>(names: &Names<'s>, expr: &Expr, pattern: &Expr) -> Result<Check<'s>, Refused> {
    let pattern = pattern::regexp(names.script, pattern).map_err(|refusal| vec![refusal]);
    let (value, pattern) = both(value::side(names, expr), pattern)?;
    Ok(Check::Regexp(value, pattern))
}

fn in_list<'s>(names: &Names<'s>, expr: &Expr, list: &[Expr]) -> Result<Check<'s>, Refused> {
    let literals = each(list.iter().map(|expr| {
        let literal = literal::read(names.script, expr);
        literal.unwrap_or_else(|| Err(not_a_literal(names, expr))).map_err(|refusal| vec![refusal])
    }));
    let (value, literals) = both(value::side(names, expr), literals)?;
    Ok(Check::In(value, literals))
}

fn comparison(operator: &BinaryOperator) -> Option<Comparison> {
    Some(match operator {
        BinaryOperator::Eq => Comparison::Equal,
        BinaryOperator::NotEq => Comparison::NotEqual,
        BinaryOperator::Lt => Comparison::Less,
        BinaryOperator::LtEq => Comparison::LessOrEqual,
        BinaryOperator::Gt => Comparison::Greater,
        BinaryOperator::GtEq => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

/// Both values, or everything that is wrong with either.
fn both<A, B>(first: Result<A, Refused>, second: Result<B, Refused>) -> Result<(A, B), Refused> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (Err(mut refused), Err(more)) => {
            refused.extend(more);
            Err(refused)
        }
        (Err(refused), Ok(_)) | (Ok(_), Err(refused)) => Err(refused),
    }
}

fn not_a_literal(names: &Names<'_>, expr: &Expr) -> Diagnostic {
    let help = match name::path(expr) {
        Some(_) => "IN takes literals; compare columns with `=` and OR",
        None => "IN takes literals; compare with `=` and OR",
    };
    refuse(names, expr, "a list with the expression", help)
}

/// Something at the place of this expression.
fn refuse(names: &Names<'_>, expr: &Expr, what: &str, help: &str) -> Diagnostic {
    let first = names.script.index_at(expr.span().start);
    // The parser gives a sign, a NOT and a bracket no place of their own.
    let is_prefixed = matches!(expr, Expr::UnaryOp { .. } | Expr::Tuple(_));
    let at = names.script.position(first.saturating_sub(usize::from(is_prefixed)));
    Diagnostic::new(at, format!("{what} {}", quoted(&expr.to_string())), help)
}
