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
    let scientific = format!("{float:.14e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("the format has an exponent");
    let exponent: i32 = exponent.parse().expect("the format's exponent is a number");
    let fraction = |text: &str| {
        let trimmed = text.trim_end_matches('0');
        if trimmed.ends_with('.') { format!("{trimmed}0") } else { trimmed.to_owned() }
    };
    if (-4..15).contains(&exponent) {
        let decimals = usize::try_from(14 - exponent).expect("an exponent below 15");
        let decimal = format!("{float:.decimals$}");
        return if decimals == 0 { format!("{decimal}.0") } else { fraction(&decimal) };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", fraction(mantissa), exponent.abs())
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
