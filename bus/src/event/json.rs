//! Events as JSON objects: one key per field that has a value, integers and floats as numbers.

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
