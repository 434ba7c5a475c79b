//! Numbers as SQLite reads, writes and compares them.

use std::cmp::Ordering;

/// A number of either type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Integer(i64),
    Float(f64),
}

impl Number {
    /// The number that a text reads as, if all of it does; spaces around it do not count.
    pub(crate) fn parse(text: &[u8]) -> Option<Number> {
        let text = str::from_utf8(text).ok()?;
        let text = text.trim_matches([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']);
        if let Ok(integer) = text.parse() {
            return Some(Number::Integer(integer));
        }
        // Rust also reads `inf` and `nan`, SQLite does not.
        let numeric =
            text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
        text.parse().ok().filter(|_| numeric).map(Number::Float)
    }

    /// The number that a text begins with, after spaces; 0 if it begins with none.
    pub(crate) fn leading(text: &[u8]) -> Number {
        let text = without_spaces(text);
        let (end, is_whole) = numeric_prefix(text);
        let Ok(prefix) = str::from_utf8(&text[..end]) else { return Number::Integer(0) };
        match prefix.parse() {
            Ok(integer) if is_whole => Number::Integer(integer),
            _ => prefix.parse().map_or(Number::Integer(0), Number::Float),
        }
    }

    /// The digits that a text begins with, after spaces and a sign, as the nearest integer.
    pub(crate) fn leading_digits(text: &[u8]) -> i64 {
        let text = without_spaces(text);
        let (is_negative, digits) = match text {
            [b'-', digits @ ..] => (true, digits),
            [b'+', digits @ ..] => (false, digits),
            digits => (false, digits),
        };
        let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
        digits.fold(0_i64, |sum, digit| {
            let digit = i64::from(digit - b'0');
            let sum = sum.saturating_mul(10);
            if is_negative { sum.saturating_sub(digit) } else { sum.saturating_add(digit) }
        })
    }

    /// The number as a float.
    pub(crate) fn float(self) -> f64 {
        match self {
            Number::Integer(integer) => integer as f64,
            Number::Float(float) => float,
        }
    }

    /// The number without its fraction, or the nearest integer that there is.
    pub(crate) fn whole(self) -> i64 {
        match self {
            Number::Integer(integer) => integer,
            Number::Float(float) => float as i64,
        }
    }

    /// Its text: decimal, a float with at most 15 significant digits and always a point.
    pub(crate) fn text(self) -> String {
        match self {
            Number::Integer(integer) => integer.to_string(),
            Number::Float(float) if float.is_infinite() => {
                if float > 0.0 {
                    "Inf".into()
                } else {
                    "-Inf".into()
                }
            }
            Number::Float(float) => float_text(float),
        }
    }

    /// The order by value, whatever the types.
    pub(crate) fn order(self, other: Number) -> Ordering {
        match (self, other) {
            (Number::Integer(a), Number::Integer(b)) => a.cmp(&b),
            (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            (Number::Integer(a), Number::Float(b)) => integer_float(a, b),
            (Number::Float(a), Number::Integer(b)) => integer_float(b, a).reverse(),
        }
    }
}

fn without_spaces(text: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|byte| !is_space(byte)).unwrap_or(text.len());
    &text[start..]
}

/// Where the number that the text begins with ends, and whether it has neither point nor exponent.
fn numeric_prefix(text: &[u8]) -> (usize, bool) {
    let digits = |from: usize| text[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let sign = |at: usize| usize::from(matches!(text.get(at), Some(b'+' | b'-')));
    let start = sign(0);
    let whole = digits(start);
    let mut end = start + whole;
    let mut is_whole = true;
    if text.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        if whole + fraction == 0 {
            return (0, true);
        }
        (end, is_whole) = (end + 1 + fraction, false);
    } else if whole == 0 {
        return (0, true);
    }
    if let Some(b'e' | b'E') = text.get(end) {
        let from = end + 1 + sign(end + 1);
        let exponent = if from <= text.len() { digits(from) } else { 0 };
        if exponent > 0 {
            (end, is_whole) = (from + exponent, false);
        }
    }
    (end, is_whole)
}

/// Exact also where an `f64` has no room for the integer's last digits.
fn integer_float(integer: i64, float: f64) -> Ordering {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if float >= LIMIT {
        return Ordering::Less;
    }
    if float < -LIMIT {
        return Ordering::Greater;
    }
    let whole = float.trunc();
    integer
        .cmp(&(whole as i64))
        .then_with(|| 0.0_f64.partial_cmp(&(float - whole)).unwrap_or(Ordering::Equal))
}

fn float_text(float: f64) -> String {
    // A zero has no sign in text.
    let text = significant(float + 0.0, 15);
    match text.split_once('e') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0e{exponent}"),
        None if !text.contains('.') => format!("{text}.0"),
        _ => text,
    }
}

/// The float with at most so many significant digits, with an exponent if it is very large or very
/// small: `%g`.
pub(crate) fn significant(float: f64, digits: i32) -> String {
    let last = usize::try_from(digits - 1).expect("at least one digit");
    let scientific = format!("{float:.last$e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("the format has an exponent");
    let exponent: i32 = exponent.parse().expect("the format's exponent is a number");
    if (-4..digits).contains(&exponent) {
        let decimals =
            usize::try_from(digits - 1 - exponent).expect("an exponent below the digits");
        return without_zeros(&format!("{float:.decimals$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs())
}

fn without_zeros(decimal: &str) -> &str {
    if decimal.contains('.') {
        decimal.trim_end_matches('0').trim_end_matches('.')
    } else {
        decimal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_reads_as_a_number_only_if_all_of_it_does() {
        let table: &[(&str, Option<Number>)] = &[
            ("42", Some(Number::Integer(42))),
            (" -7 ", Some(Number::Integer(-7))),
            ("+7", Some(Number::Integer(7))),
            ("5.0", Some(Number::Float(5.0))),
            (".5", Some(Number::Float(0.5))),
            ("5.", Some(Number::Float(5.0))),
            ("1e3", Some(Number::Float(1000.0))),
            ("9223372036854775808", Some(Number::Float(9_223_372_036_854_775_808.0))),
            ("", None),
            ("4x", None),
            ("0x10", None),
            ("inf", None),
            ("nan", None),
            ("e", None),
        ];
        for (text, number) in table {
            assert_eq!(Number::parse(text.as_bytes()), *number, "{text:?}");
        }
    }

    #[test]
    fn a_text_is_the_number_that_it_begins_with() {
        let table: &[(&str, Number, i64)] = &[
            (" 12abc", Number::Integer(12), 12),
            ("-5", Number::Integer(-5), -5),
            ("1.5e1x", Number::Float(15.0), 1),
            ("1e", Number::Integer(1), 1),
            ("1e+", Number::Integer(1), 1),
            ("5.", Number::Float(5.0), 5),
            (".5", Number::Float(0.5), 0),
            (".", Number::Integer(0), 0),
            ("-", Number::Integer(0), 0),
            ("é1", Number::Integer(0), 0),
            ("", Number::Integer(0), 0),
            ("9223372036854775808", Number::Float(9_223_372_036_854_775_808.0), i64::MAX),
            ("-9223372036854775809", Number::Float(-9_223_372_036_854_775_808.0), i64::MIN),
        ];
        for (text, number, whole) in table {
            assert_eq!(Number::leading(text.as_bytes()), *number, "{text:?}");
            assert_eq!(Number::leading_digits(text.as_bytes()), *whole, "{text:?}");
        }
    }

    #[test]
    fn floats_are_written_as_sqlite_writes_them() {
        let table = [
            (0.5, "0.5"),
            (1.0, "1.0"),
            (0.1 + 0.2, "0.3"),
            (1e14, "100000000000000.0"),
            (1e15, "1.0e+15"),
            (0.0001, "0.0001"),
            (0.00001, "1.0e-05"),
            (-2.5, "-2.5"),
            (0.0, "0.0"),
            (-0.0, "0.0"),
            (1.5e20, "1.5e+20"),
        ];
        for (float, text) in table {
            assert_eq!(Number::Float(float).text(), text);
        }
    }

    #[test]
    fn integers_and_floats_compare_without_rounding() {
        let big = Number::Integer(9_007_199_254_740_993);
        assert_eq!(big.order(Number::Float(9_007_199_254_740_992.0)), Ordering::Greater);
        assert_eq!(Number::Integer(-1).order(Number::Float(-1.5)), Ordering::Greater);
        assert_eq!(Number::Float(1.5).order(Number::Integer(1)), Ordering::Greater);
        assert_eq!(Number::Integer(i64::MAX).order(Number::Float(1e300)), Ordering::Less);
        assert_eq!(Number::Integer(3).order(Number::Float(3.0)), Ordering::Equal);
    }
}
