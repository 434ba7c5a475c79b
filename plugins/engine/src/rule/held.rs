//! Values: converted, compared, and handed on.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use daemoneye_plan::Case;

use crate::number::Number;
use crate::view::Value;

/// What happens to a value before it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Affinity {
    None,
    Number,
    Text,
}

/// A value that lies in the batch or in the rule, or a text that a function made.
#[derive(Debug, Clone)]
pub(crate) enum Held<'a> {
    Lent(Value<'a>),
    Made(Vec<u8>),
}

impl<'a> Held<'a> {
    pub(crate) const NULL: Held<'static> = Held::Lent(Value::Null);

    pub(crate) fn number(number: Number) -> Self {
        Held::Lent(Value::Number(number))
    }

    pub(crate) fn integer(integer: i64) -> Self {
        Held::number(Number::Integer(integer))
    }

    pub(crate) fn float(float: f64) -> Self {
        Held::number(Number::Float(float))
    }

    pub(crate) fn truth(truth: Option<bool>) -> Self {
        truth.map_or(Held::NULL, |truth| Held::integer(i64::from(truth)))
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Held::Lent(Value::Null))
    }

    /// Bytes of text.
    pub(crate) fn len(&self) -> usize {
        match self {
            Held::Lent(value) => value.len(),
            Held::Made(text) => text.len(),
        }
    }

    /// Calls `look` with the value; what is folded only for that lives only that long.
    pub(crate) fn with<R>(&self, look: impl FnOnce(Value<'_>) -> R) -> R {
        match self {
            Held::Lent(value) => look(*value),
            Held::Made(text) => {
                let folded = text.to_ascii_lowercase();
                look(Value::Text { raw: text, folded: &folded })
            }
        }
    }

    /// The value as text; nothing for NULL.
    pub(crate) fn text(&self) -> Option<Cow<'_, [u8]>> {
        match self {
            Held::Lent(Value::Null) => None,
            Held::Lent(Value::Number(number)) => Some(number.text().into_bytes().into()),
            Held::Lent(Value::Text { raw, .. }) => Some(Cow::Borrowed(raw)),
            Held::Made(text) => Some(Cow::Borrowed(text)),
        }
    }

    /// The value as a number: of a text, the one that it begins with, else 0.
    pub(crate) fn numeric(&self) -> Option<Number> {
        match self {
            Held::Lent(Value::Null) => None,
            Held::Lent(Value::Number(number)) => Some(*number),
            Held::Lent(Value::Text { raw, .. }) => Some(Number::leading(raw)),
            Held::Made(text) => Some(Number::leading(text)),
        }
    }

    /// The value as an integer: of a float, its whole part; of a text, the digits that it begins
    /// with. What does not fit is the nearest that does.
    pub(crate) fn whole(&self) -> Option<i64> {
        match self {
            Held::Lent(Value::Null) => None,
            Held::Lent(Value::Number(number)) => Some(number.whole()),
            Held::Lent(Value::Text { raw, .. }) => Some(Number::leading_digits(raw)),
            Held::Made(text) => Some(Number::leading_digits(text)),
        }
    }

    /// These bytes of the value's text.
    pub(crate) fn part(self, range: Range<usize>) -> Held<'a> {
        match self {
            Held::Lent(Value::Text { raw, folded }) => {
                Held::Lent(Value::Text { raw: &raw[range.clone()], folded: &folded[range] })
            }
            Held::Lent(Value::Null) => Held::NULL,
            Held::Lent(Value::Number(number)) => {
                Held::Made(number.text().into_bytes()[range].to_vec())
            }
            Held::Made(mut text) => {
                text.truncate(range.end);
                text.drain(..range.start);
                Held::Made(text)
            }
        }
    }

    /// How the two compare, or nothing if either is NULL.
    pub(crate) fn order(&self, other: &Held<'_>, case: Case) -> Option<Ordering> {
        self.with(|left| other.with(|right| left.order(right, case)))
    }
}

impl<'a> Value<'a> {
    /// Calls `look` with the value after conversion; the text of a number lives only that long.
    pub(crate) fn with<R>(self, affinity: Affinity, look: impl FnOnce(Value<'_>) -> R) -> R {
        match (self, affinity) {
            (Value::Text { raw, .. }, Affinity::Number) => {
                look(Number::parse(raw).map_or(self, Value::Number))
            }
            (Value::Number(number), Affinity::Text) => {
                let text = number.text();
                let folded = text.to_ascii_lowercase();
                look(Value::Text { raw: text.as_bytes(), folded: folded.as_bytes() })
            }
            _ => look(self),
        }
    }

    /// How the two compare, or nothing if either is NULL. Numbers come before texts.
    pub(crate) fn order(self, other: Value<'_>, case: Case) -> Option<Ordering> {
        match (self, other) {
            (Value::Null, _) | (_, Value::Null) => None,
            (Value::Number(a), Value::Number(b)) => Some(a.order(b)),
            (Value::Number(_), Value::Text { .. }) => Some(Ordering::Less),
            (Value::Text { .. }, Value::Number(_)) => Some(Ordering::Greater),
            (
                Value::Text { raw: a, folded: a_folded },
                Value::Text { raw: b, folded: b_folded },
            ) => Some(match case {
                Case::Ignored => a_folded.cmp(b_folded),
                Case::Observed => a.cmp(b),
            }),
        }
    }

    /// What it decides where a condition is asked for: the number, or the one that the text begins
    /// with, is not 0.
    pub(crate) fn truth(self) -> Option<bool> {
        match self {
            Value::Null => None,
            Value::Number(number) => Some(number.float() != 0.0),
            Value::Text { raw, .. } => Some(Number::leading(raw).float() != 0.0),
        }
    }

    /// Bytes of text.
    pub(crate) fn len(self) -> usize {
        match self {
            Value::Text { raw, .. } => raw.len(),
            Value::Null | Value::Number(_) => 0,
        }
    }
}
