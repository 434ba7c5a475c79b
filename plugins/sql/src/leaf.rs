//! One comparison: the second gate for conditions, over the parser's tree.
//!
//! A shape of expression that is not named here is refused.

mod literal;
mod pattern;
mod value;

use crate::check::{Check, Checks};
use crate::diagnostic::{Diagnostic, each};
use crate::name::{self, Names};
use crate::parse;
use crate::script::quoted;
use daemoneye_plan::{Comparison, Literal};
use sqlparser::ast::{BinaryOperator, Expr, Spanned};
use std::ops::Range;

/// Everything that is wrong with one comparison.
type Refused = Vec<Diagnostic>;

const FORMS: &str = "a condition is column = value, column LIKE 'pattern', column IN (values), \
                     column BETWEEN a AND b, column IS NULL or column REGEXP 'pattern'";

/// What these lexemes test.
pub(crate) fn read<'s>(names: &Names<'s>, range: Range<usize>) -> Result<Checks<'s>, Refused> {
    let expr = parse::expression(names.script, range).map_err(|refusal| vec![refusal])?;
    checks(names, &expr)
}

fn checks<'s>(names: &Names<'s>, expr: &Expr) -> Result<Checks<'s>, Refused> {
    let one = |negated, check| Ok(Checks { negated, checks: vec![check] });
    match expr {
        Expr::Nested(inner) => checks(names, inner),
        Expr::Value(_) => one(false, constant(names, expr)?),
        Expr::IsNull(inner) => one(false, Check::IsNull(value::read(names, inner)?)),
        Expr::IsNotNull(inner) => one(true, Check::IsNull(value::read(names, inner)?)),
        Expr::BinaryOp { left, op: BinaryOperator::Regexp, right } => {
            one(false, regexp(names, left, right)?)
        }
        Expr::RLike { negated, expr, pattern, regexp: true } => {
            one(*negated, regexp(names, expr, pattern)?)
        }
        Expr::BinaryOp { left, op, right } => match comparison(op) {
            Some(comparison) => one(false, compare(names, left, comparison, right)?),
            None => Err(not_a_condition(names, expr)),
        },
        Expr::Like { negated, any: false, expr, pattern, escape_char } => {
            one(*negated, like(names, expr, pattern, escape_char.as_deref())?)
        }
        Expr::InList { negated, expr, list } => one(*negated, in_list(names, expr, list)?),
        Expr::Between { negated, expr, low, high } => {
            let checks = between(names, expr, low, high)?;
            Ok(Checks { negated: *negated, checks })
        }
        _ => Err(not_a_condition(names, expr)),
    }
}

fn constant<'s>(names: &Names<'s>, expr: &Expr) -> Result<Check<'s>, Refused> {
    match literal::read(names.script, expr) {
        Some(Ok(Literal::Integer(number))) => Ok(Check::Constant(Some(number != 0))),
        Some(Ok(Literal::Null)) => Ok(Check::Constant(None)),
        Some(Err(refusal)) => Err(vec![refusal]),
        _ => Err(not_a_condition(names, expr)),
    }
}

fn compare<'s>(
    names: &Names<'s>,
    left: &Expr,
    comparison: Comparison,
    right: &Expr,
) -> Result<Check<'s>, Refused> {
    let (left, right) = both(value::read(names, left), value::read(names, right))?;
    Ok(Check::Compare(left, comparison, right))
}

fn between<'s>(
    names: &Names<'s>,
    expr: &Expr,
    low: &Expr,
    high: &Expr,
) -> Result<Vec<Check<'s>>, Refused> {
    let bounds = both(value::read(names, low), value::read(names, high));
    let (value, (low, high)) = both(value::read(names, expr), bounds)?;
    Ok(vec![
        Check::Compare(value.clone(), Comparison::GreaterOrEqual, low),
        Check::Compare(value, Comparison::LessOrEqual, high),
    ])
}

fn like<'s>(
    names: &Names<'s>,
    expr: &Expr,
    pattern: &Expr,
    escape: Option<&Expr>,
) -> Result<Check<'s>, Refused> {
    let pattern = pattern::like(names.script, pattern, escape).map_err(|refusal| vec![refusal]);
    let (value, pattern) = both(value::read(names, expr), pattern)?;
    Ok(Check::Like(value, pattern))
}

fn regexp<'s>(names: &Names<'s>, expr: &Expr, pattern: &Expr) -> Result<Check<'s>, Refused> {
    let pattern = pattern::regexp(names.script, pattern).map_err(|refusal| vec![refusal]);
    let (value, pattern) = both(value::read(names, expr), pattern)?;
    Ok(Check::Regexp(value, pattern))
}

fn in_list<'s>(names: &Names<'s>, expr: &Expr, list: &[Expr]) -> Result<Check<'s>, Refused> {
    let literals = each(list.iter().map(|expr| {
        let literal = literal::read(names.script, expr);
        literal.unwrap_or_else(|| Err(not_a_literal(names, expr))).map_err(|refusal| vec![refusal])
    }));
    let (value, literals) = both(value::read(names, expr), literals)?;
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
    let help = "IN takes literals; compare columns with `=` and OR";
    refuse(names, expr, "a list with the expression", help)
}

fn not_a_condition(names: &Names<'_>, expr: &Expr) -> Refused {
    let help = match name::path(expr) {
        Some(_) => "compare the column with a value, for example column <> 0",
        None => FORMS,
    };
    vec![refuse(names, expr, "no condition:", help)]
}

fn refuse(names: &Names<'_>, expr: &Expr, what: &str, help: &str) -> Diagnostic {
    let first = names.script.index_at(expr.span().start);
    // The parser gives a sign, a NOT and a bracket no place of their own.
    let is_prefixed = matches!(expr, Expr::UnaryOp { .. } | Expr::Tuple(_));
    let at = names.script.position(first.saturating_sub(usize::from(is_prefixed)));
    Diagnostic::new(at, format!("{what} {}", quoted(&expr.to_string())), help)
}
