//! Under which names recorded events tell their fields.

use std::fmt;
use std::str::FromStr;

use daemoneye_bus::event::{Event, Field, FieldType, JsonError, Kind, Value, from_json};
use serde_json::Value as Json;

/// The longest line, bytes: one event with its texts.
const MAX_LINE_BYTES: usize = 16 << 20;

/// Names of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Our own, `docs/events.md`; a key that is no field is an error.
    Daemoneye,
    /// Sysmon's and Sigma's for process creation (Image, CommandLine, ParentImage, ...). Keys that
    /// are no field of ours are passed over, as these events have many.
    Sigma,
}

/// A line that is no event.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// Bytes that are no text.
    #[error("not UTF-8 after {0} bytes")]
    Utf8(usize),
    /// A line over the limit.
    #[error("line of {0} bytes, over 16 MiB")]
    TooLong(usize),
    /// No JSON object, or a value that does not fit its field.
    #[error(transparent)]
    Json(#[from] JsonError),
}

/// A word that names no schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("schema {0:?} is neither daemoneye nor sigma")]
pub struct ParseSchemaError(String);

impl FromStr for Schema {
    type Err = ParseSchemaError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "daemoneye" => Ok(Schema::Daemoneye),
            "sigma" => Ok(Schema::Sigma),
            other => Err(ParseSchemaError(other.to_owned())),
        }
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Schema::Daemoneye => "daemoneye",
            Schema::Sigma => "sigma",
        })
    }
}

impl Schema {
    /// The event that a line tells, or nothing if the line is blank. An event that does not say its
    /// kind is an exec.
    ///
    /// # Errors
    /// If the line is no event.
    pub fn event(self, line: &[u8]) -> Result<Option<Event>, SchemaError> {
        let line = line.trim_ascii();
        if line.is_empty() {
            return Ok(None);
        }
        if line.len() > MAX_LINE_BYTES {
            return Err(SchemaError::TooLong(line.len()));
        }
        let text = std::str::from_utf8(line);
        let text = text.map_err(|error| SchemaError::Utf8(error.valid_up_to()))?;
        let mut event = match self {
            Schema::Daemoneye => from_json(text)?,
            Schema::Sigma => sigma(text)?,
        };
        if event.get(Field::Kind).is_none() {
            event.set(Field::Kind, Kind::Exec.name());
        }
        Ok(Some(event))
    }
}

/// Numbers in text fields are their decimal text; text in a number field that is no number leaves
/// the field absent, as do nested values.
fn sigma(text: &str) -> Result<Event, JsonError> {
    let Json::Object(object) = serde_json::from_str(text)? else {
        return Err(JsonError::NotAnObject);
    };
    let mut event = Event::default();
    for (key, value) in &object {
        let Some(field) = named(key) else { continue };
        if let Some(value) = fit(field, value) {
            event.set(field, value);
        }
    }
    Ok(event)
}

/// Sigma's names are told by their spelling: `Product` is a field of the file, `product` is not.
fn named(key: &str) -> Option<Field> {
    Field::ALL.iter().copied().find(|field| field.aliases().contains(&key))
}

fn fit(field: Field, value: &Json) -> Option<Value> {
    match (field.field_type(), value) {
        (FieldType::Text, Json::String(text)) => Some(Value::from(text.as_str())),
        (FieldType::Text, Json::Number(number)) => Some(Value::from(number.to_string())),
        (FieldType::Integer, Json::Number(number)) => number.as_i64().map(Value::Integer),
        (FieldType::Integer, Json::String(text)) => text.parse().ok().map(Value::Integer),
        (FieldType::Float, Json::Number(number)) => number.as_f64().map(Value::Float),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigma_names_become_fields_and_others_are_passed_over() {
        let line = br#"{"Image": "C:\\a.exe", "ProcessId": 7, "product": "windows", "LogonId": 5}"#;
        let event = Schema::Sigma.event(line).expect("an event").expect("no blank line");
        assert_eq!(event.text(Field::ExecutablePath), Some("C:\\a.exe"));
        assert_eq!(event.integer(Field::Pid), Some(7));
        assert_eq!(event.text(Field::LogonId), Some("5"));
        assert_eq!(event.text(Field::FileProduct), None);
        assert_eq!(event.text(Field::Kind), Some("exec"));
    }

    #[test]
    fn what_is_no_event_says_why() {
        let table: [(&[u8], &str); 5] = [
            (b"{", "no JSON"),
            (b"[1]", "not a JSON object"),
            (b"\xff", "not UTF-8 after 0 bytes"),
            (br#"{"pid": "x"}"#, "field \"pid\" is no integer: \"x\""),
            (br#"{"nonsense": 1}"#, "unknown field \"nonsense\""),
        ];
        for (line, why) in table {
            let error = Schema::Daemoneye.event(line).expect_err(why).to_string();
            assert!(error.contains(why), "{error}");
        }
        assert!(Schema::Daemoneye.event(b"  \n").expect("no error").is_none());
    }
}
