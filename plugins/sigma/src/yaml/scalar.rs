//! One scalar of YAML, and what it means.

/// A scalar as it was written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    /// Written without quotes, so that it may be something else than text.
    pub(crate) is_plain: bool,
    /// Where its n-th character stands in the line, counted from the scalar's own start, if it does
    /// so for every n.
    pub(crate) indent: Option<usize>,
}

/// What a scalar means by the core schema of YAML 1.2.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Truth(bool),
    Integer(i64),
    Float(f64),
    Text(&'a str),
}

impl Scalar {
    pub(crate) fn value(&self) -> Value<'_> {
        if self.is_plain { plain(&self.text) } else { Value::Text(&self.text) }
    }
}

fn plain(text: &str) -> Value<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Truth(true),
        "false" | "False" | "FALSE" => Value::Truth(false),
        _ => integer(text)
            .map(Value::Integer)
            .or_else(|| float(text).map(Value::Float))
            .unwrap_or(Value::Text(text)),
    }
}

fn integer(text: &str) -> Option<i64> {
    match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
        (Some(digits), _) if !digits.starts_with(['+', '-']) => {
            i64::from_str_radix(digits, 16).ok()
        }
        (_, Some(digits)) if !digits.starts_with(['+', '-']) => i64::from_str_radix(digits, 8).ok(),
        _ => text.parse().ok(),
    }
}

/// Rust also reads `inf` and `nan`, and numbers that YAML takes for text.
fn float(text: &str) -> Option<f64> {
    let is_numeric = |byte: u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|number: &f64| has_digit && number.is_finite() && text.bytes().all(is_numeric))
}

#[cfg(test)]
mod tests {
    use super::Value::{Float, Integer, Null, Text, Truth};
    use super::*;

    #[test]
    fn a_plain_scalar_is_what_the_core_schema_says() {
        let table = [
            ("", Null),
            ("null", Null),
            ("True", Truth(true)),
            ("yes", Text("yes")),
            ("4688", Integer(4688)),
            ("-1", Integer(-1)),
            ("0x3e7", Integer(999)),
            ("0x-1", Text("0x-1")),
            ("0o17", Integer(15)),
            ("1.5", Float(1.5)),
            ("1e3", Float(1000.0)),
            ("nan", Text("nan")),
            (".", Text(".")),
            ("9223372036854775808", Float(9_223_372_036_854_775_808.0)),
            ("10.0.0.1", Text("10.0.0.1")),
        ];
        for (text, expected) in table {
            assert_eq!(plain(text), expected, "{text}");
            let quoted = Scalar { text: text.into(), is_plain: false, indent: None };
            assert_eq!(quoted.value(), Text(text));
        }
    }
}
