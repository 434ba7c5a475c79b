//! Numbers: integers while they fit, floats where they do not.

use daemoneye_plan::Function;

use crate::number::Number;
use crate::rule::Held;

/// Both as numbers, put together by an operator.
pub(super) fn binary(operator: Function, left: &Held<'_>, right: &Held<'_>) -> Held<'static> {
    let (Some(a), Some(b)) = (left.numeric(), right.numeric()) else { return Held::NULL };
    if let (Number::Integer(a), Number::Integer(b)) = (a, b) {
        match integers(operator, a, b) {
            Whole::Fits(integer) => return Held::integer(integer),
            Whole::Null => return Held::NULL,
            Whole::TooLarge => {}
        }
    }
    let float = match operator {
        Function::Add => Some(a.float() + b.float()),
        Function::Subtract => Some(a.float() - b.float()),
        Function::Multiply => Some(a.float() * b.float()),
        Function::Divide => (b.float() != 0.0).then(|| a.float() / b.float()),
        // Of each side as an integer, which for a text is less than the number it begins with.
        _ => left.whole().zip(right.whole()).and_then(|(a, b)| remainder(a, b)).map(|r| r as f64),
    };
    float.filter(|float| !float.is_nan()).map_or(Held::NULL, Held::float)
}

/// What an operator makes of two integers.
enum Whole {
    Fits(i64),
    Null,
    TooLarge,
}

fn integers(operator: Function, a: i64, b: i64) -> Whole {
    let fits = |integer: Option<i64>| integer.map_or(Whole::TooLarge, Whole::Fits);
    match operator {
        Function::Add => fits(a.checked_add(b)),
        Function::Subtract => fits(a.checked_sub(b)),
        Function::Multiply => fits(a.checked_mul(b)),
        Function::Divide if b == 0 => Whole::Null,
        Function::Divide => fits(a.checked_div(b)),
        _ => remainder(a, b).map_or(Whole::Null, Whole::Fits),
    }
}

fn remainder(a: i64, b: i64) -> Option<i64> {
    if b == 0 { None } else { Some(a.wrapping_rem(b)) }
}

/// The number without its sign. SQLite fails where the least integer has no counterpart; here it
/// becomes a float, like every other integer that does not fit.
pub(super) fn absolute(held: &Held<'_>) -> Held<'static> {
    match held {
        Held::Lent(crate::view::Value::Number(Number::Integer(integer))) => integer
            .checked_abs()
            .map_or_else(|| Held::float((*integer as f64).abs()), Held::integer),
        other => other.numeric().map_or(Held::NULL, |number| {
            let float = number.float();
            Held::float(if float < 0.0 { -float } else { float })
        }),
    }
}
