//! One event as a row.

use std::fmt;

use super::schema::Field;

/// The value of one field.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of a field of type integer.
    Integer(i64),
    /// Of a field of type float.
    Float(f64),
    /// Of a field of type text.
    Text(String),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Integer(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Float(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(value.to_owned())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Integer(value) => value.fmt(f),
            Value::Float(value) => value.fmt(f),
            Value::Text(value) => value.fmt(f),
        }
    }
}

/// What happened to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A process was seen for the first time.
    Start,
    /// A process replaced its program.
    Exec,
    /// A process ended.
    Stop,
    /// Fields of a process changed.
    Modify,
    /// The sensor itself finds something wrong.
    Suspicious,
    /// A process that was running before the sensor started.
    Snapshot,
    /// A process connected to somebody.
    Connect,
    /// Somebody connected to a process.
    Accept,
    /// A process opened a port.
    Listen,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 9] = [
        Kind::Start,
        Kind::Exec,
        Kind::Stop,
        Kind::Modify,
        Kind::Suspicious,
        Kind::Snapshot,
        Kind::Connect,
        Kind::Accept,
        Kind::Listen,
    ];

    /// The value of the field `kind`, and the last segment of the topic.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Start => "start",
            Kind::Exec => "exec",
            Kind::Stop => "stop",
            Kind::Modify => "modify",
            Kind::Suspicious => "suspicious",
            Kind::Snapshot => "snapshot",
            Kind::Connect => "connect",
            Kind::Accept => "accept",
            Kind::Listen => "listen",
        }
    }

    /// The topic of its events.
    pub fn topic(self) -> String {
        let about = match self {
            Kind::Connect | Kind::Accept | Kind::Listen => "network",
            _ => "process",
        };
        format!("events.{about}.{}", self.name())
    }
}

/// One observed event: a value for each field that has one.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    values: Vec<Option<Value>>,
}

impl Default for Event {
    fn default() -> Self {
        Event { values: vec![None; Field::ALL.len()] }
    }
}

impl Event {
    /// An event of this kind, at this time (microseconds since the Unix epoch).
    pub fn new(kind: Kind, time: i64) -> Self {
        Event::default().with(Field::Kind, kind.name()).with(Field::Time, time)
    }

    /// The same event with one field set.
    #[must_use]
    pub fn with(mut self, field: Field, value: impl Into<Value>) -> Self {
        self.set(field, value);
        self
    }

    /// Sets a field.
    ///
    /// # Panics
    /// If the value is not of the field's type: that is a mistake in the caller's code.
    pub fn set(&mut self, field: Field, value: impl Into<Value>) {
        let value = value.into();
        assert!(value.fits(field), "{value:?} is no value for field {}", field.name());
        self.values[usize::from(field.number())] = Some(value);
    }

    /// The value of a field, if it has one.
    pub fn get(&self, field: Field) -> Option<&Value> {
        self.values[usize::from(field.number())].as_ref()
    }

    /// The value of a text field, if it has one.
    pub fn text(&self, field: Field) -> Option<&str> {
        match self.get(field) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The value of an integer field, if it has one.
    pub fn integer(&self, field: Field) -> Option<i64> {
        match self.get(field) {
            Some(Value::Integer(value)) => Some(*value),
            _ => None,
        }
    }

    /// Every field that has a value, in the order of the schema.
    pub fn values(&self) -> impl Iterator<Item = (Field, &Value)> {
        Field::ALL.iter().zip(&self.values).filter_map(|(f, v)| v.as_ref().map(|v| (*f, v)))
    }
}

impl Value {
    fn fits(&self, field: Field) -> bool {
        use super::schema::FieldType;
        matches!(
            (self, field.field_type()),
            (Value::Integer(_), FieldType::Integer)
                | (Value::Float(_), FieldType::Float)
                | (Value::Text(_), FieldType::Text)
        )
    }
}
