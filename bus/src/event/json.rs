//! Events as JSON objects: one key per field that has a value, integers and floats as numbers.

use std::io;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};

use super::row::{Event, Value};
use super::schema::{Field, FieldType};

/// Why a JSON value is not an event.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// Text that is not JSON.
    #[error("no JSON: {0}")]
    Syntax(#[from] serde_json::Error),
    /// JSON that is not an object.
    #[error("not a JSON object")]
    NotAnObject,
    /// A key that no field has as name or alias.
    #[error("unknown field {0:?}")]
    UnknownField(String),
    /// A value that does not fit the type of its field.
    #[error("field {field:?} is no {expected}: {value}")]
    Type {
        /// The key.
        field: String,
        /// The type of the field.
        expected: &'static str,
        /// What stood there.
        value: String,
    },
}

/// The event as a JSON object, keys in the order of the schema.
pub fn to_json(event: &Event) -> Map<String, Json> {
    let value = |value: &Value| match value {
        Value::Integer(value) => Json::from(*value),
        Value::Float(value) => Json::from(*value),
        Value::Text(value) => Json::from(value.as_str()),
    };
    event.values().map(|(field, v)| (field.name().to_owned(), value(v))).collect()
}

/// Writes the same object as text, without a copy of the event.
///
/// # Errors
/// If it cannot be written.
pub fn write_json(event: &Event, out: impl io::Write) -> io::Result<()> {
    Ok(serde_json::to_writer(out, &Object(event))?)
}

struct Object<'a>(&'a Event);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values = self.0.values();
        serializer.collect_map(values.map(|(field, value)| (field.name(), Scalar(value))))
    }
}

struct Scalar<'a>(&'a Value);

impl Serialize for Scalar<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Integer(value) => serializer.serialize_i64(*value),
            Value::Float(value) => serializer.serialize_f64(*value),
            Value::Text(value) => serializer.serialize_str(value),
        }
    }
}

/// The event that a JSON object tells. `null` is absence.
///
/// # Errors
/// If a key is no field's name, or a value does not fit its field.
pub fn from_json(text: &str) -> Result<Event, JsonError> {
    let Json::Object(object) = serde_json::from_str(text)? else {
        return Err(JsonError::NotAnObject);
    };
    let mut event = Event::default();
    for (key, value) in object {
        let field = Field::named(&key).ok_or_else(|| JsonError::UnknownField(key.clone()))?;
        if !value.is_null() {
            event.set(field, fit(field, &key, &value)?);
        }
    }
    Ok(event)
}

fn fit(field: Field, key: &str, value: &Json) -> Result<Value, JsonError> {
    let fitting = match field.field_type() {
        FieldType::Integer => value.as_i64().map(Value::Integer).ok_or("integer"),
        FieldType::Float => value.as_f64().map(Value::Float).ok_or("number"),
        FieldType::Text => value.as_str().map(Value::from).ok_or("text"),
    };
    fitting.map_err(|expected| {
        let (field, value) = (key.to_owned(), value.to_string());
        JsonError::Type { field, expected, value }
    })
}
