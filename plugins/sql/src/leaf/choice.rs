//! `CASE`, with a value to compare or without.

use super::value::{copied, not_a_value, read, side};
use super::{Refused, both};
use crate::check::{Check, Formula, Value};
use crate::diagnostic::each;
use crate::name::Names;
use daemoneye_plan::{Comparison, Function};
use sqlparser::ast::{CaseWhen, Expr};

/// The value of a CASE.
pub(super) fn read_case<'s>(names: &Names<'s>, expr: &Expr) -> Result<Value<'s>, Refused> {
    let Expr::Case { case_token: _, end_token: _, operand, conditions, else_result } = expr else {
        return Err(vec![not_a_value(names, expr)]);
    };
    let operand = operand.as_ref().map(|operand| read(names, operand)).transpose()?;
    let whens = each(conditions.iter().map(|when| pair(names, operand.as_ref(), when)));
    let otherwise = else_result.as_ref().map(|expr| read(names, expr)).transpose();
    let (whens, otherwise) = both(whens, otherwise)?;
    let arguments = whens.into_iter().flatten().chain(otherwise).collect();
    Ok(Value::Call(Function::Case, arguments))
}

fn pair<'s>(
    names: &Names<'s>,
    operand: Option<&Value<'s>>,
    when: &CaseWhen,
) -> Result<[Value<'s>; 2], Refused> {
    let CaseWhen { condition, result } = when;
    let condition = match operand {
        None => read(names, condition),
        Some(operand) => side(names, condition).and_then(|value| {
            let copy = copied(names, operand, condition)?;
            let check = Check::Compare(copy, Comparison::Equal, value);
            Ok(Value::Truth(Box::new(Formula::Check(check))))
        }),
    };
    let (condition, result) = both(condition, read(names, result))?;
    Ok([condition, result])
}
