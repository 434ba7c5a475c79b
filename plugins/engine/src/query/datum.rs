//! Values as they are told.

use daemoneye_plan::ColumnType;
use daemoneye_sdk::rules::Column;

use crate::number::Number;
use crate::rule::Held;
use crate::view::Value;

/// One value of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// A fractional number.
    Float(f64),
    /// Text; what a function cut within a character has U+FFFD there.
    Text(String),
}

impl Datum {
    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        let text = if let Datum::Text(text) = self { text.len() } else { 0 };
        size_of::<Datum>() + text
    }
}

impl From<Value<'_>> for Datum {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Null => Datum::Null,
            Value::Number(Number::Integer(integer)) => Datum::Integer(integer),
            Value::Number(Number::Float(float)) => Datum::Float(float),
            Value::Text { raw, .. } => Datum::Text(text(raw.to_vec())),
        }
    }
}

impl From<Held<'_>> for Datum {
    fn from(held: Held<'_>) -> Self {
        match held {
            Held::Lent(value) => Datum::from(value),
            Held::Made(made) => Datum::Text(text(made)),
        }
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// A column of these values.
pub(super) fn column<'a>(
    values: impl Iterator<Item = &'a Datum>,
    column_type: ColumnType,
) -> Column {
    match column_type {
        ColumnType::Integer => Column::Integers(values.map(integer).collect()),
        ColumnType::Float => Column::Floats(values.map(float).collect()),
        ColumnType::Text => Column::Text(values.map(of_text).collect()),
    }
}

fn integer(value: &Datum) -> Option<i64> {
    if let Datum::Integer(integer) = value { Some(*integer) } else { None }
}

fn float(value: &Datum) -> Option<f64> {
    if let Datum::Float(float) = value { Some(*float) } else { None }
}

fn of_text(value: &Datum) -> Option<String> {
    if let Datum::Text(text) = value { Some(text.clone()) } else { None }
}
