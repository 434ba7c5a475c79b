//! What is read of an alert's JSON. Keys that are not listed here are left alone.

use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Unusual.
    Low,
    /// Look at it today.
    Medium,
    /// Look at it now.
    High,
    /// Somebody is on the host.
    Critical,
}

/// Why the rule matched.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Evidence {
    /// The clause as the rule's author wrote it.
    pub clause: String,
    /// The field that the clause read.
    pub field: String,
    /// The value that it found there.
    pub value: String,
}

/// One ancestor of a process.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Ancestor {
    /// Its process id.
    pub pid: i64,
    /// Its short name.
    #[serde(default)]
    pub name: Option<String>,
    /// Absolute path of its program.
    #[serde(default)]
    pub path: Option<String>,
}

/// One alert.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Alert {
    /// Stable: the same alert delivered again has the same id.
    pub id: String,
    /// When the agent made it, microseconds since the Unix epoch.
    pub time: i64,
    /// From the event to the alert, microseconds.
    pub latency: i64,
    /// Id of the rule.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// The pack that the rule came in.
    pub pack: String,
    /// How bad.
    pub severity: Severity,
    /// ATT&CK techniques.
    #[serde(default)]
    pub techniques: Vec<String>,
    /// Why.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// What the rule shows, by label.
    #[serde(default)]
    pub shown: Map<String, Json>,
    /// The event.
    pub event: Map<String, Json>,
    /// How many of the same came before.
    #[serde(default)]
    pub repeats: u64,
}

impl Severity {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl Alert {
    /// When it happened, microseconds since the Unix epoch; when the agent told, if nobody knows.
    pub fn happened(&self) -> i64 {
        self.event.get("time").and_then(Json::as_i64).unwrap_or(self.time)
    }

    /// The ancestors of the process, the nearest first; none where they are not known.
    pub fn ancestry(&self) -> Vec<Ancestor> {
        let text = self.event.get("ancestry").and_then(Json::as_str).unwrap_or_default();
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The value of a field of the event as it is; null if it has none.
    pub(crate) fn value(&self, name: &str) -> Json {
        self.event.get(name).cloned().unwrap_or_default()
    }

    /// The value of a field of the event as text, if it has one.
    pub fn field(&self, name: &str) -> Option<String> {
        text(self.event.get(name)?)
    }
}

/// A value as text; nothing if it is `null`.
pub fn text(value: &Json) -> Option<String> {
    match value {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
