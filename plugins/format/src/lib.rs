//! Alerts in the formats that others read, for every sink.
//!
//! ```text
//! alert    what is read of an alert
//! ocsf     OCSF 1.5.0, Detection Finding (class 2004)
//! ecs      Elastic Common Schema 8.17
//! sparse   what has no value is not there
//! safe     text of others, made harmless for those who read it
//! setting  what the operator wrote for a sink
//! time     microseconds to a calendar
//! ```

mod alert;
mod ecs;
mod ocsf;
mod safe;
mod setting;
mod sparse;
mod time;

use serde_json::Value as Json;

pub use alert::{Alert, Ancestor, Evidence, Severity, text};
pub use safe::{safe, safe_in};
pub use setting::{SettingError, settings};
pub use time::rfc3339;

/// How an alert is written for programs: one JSON object without line breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// As the agent wrote it: `docs/alerts.md`.
    #[default]
    Json,
    /// Elastic Common Schema.
    Ecs,
    /// OCSF Detection Finding.
    Ocsf,
}

/// Who speaks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// Name of the host; empty if it has none.
    pub host: String,
    /// Version of the agent.
    pub version: String,
}

impl Format {
    /// What a configuration may say, in words.
    pub const EXPECTED: &str = "\"json\", \"ecs\" or \"ocsf\"";

    /// The format that a configuration names.
    pub fn named(value: &Json) -> Option<Format> {
        match value.as_str()? {
            "json" => Some(Format::Json),
            "ecs" => Some(Format::Ecs),
            "ocsf" => Some(Format::Ocsf),
            _ => None,
        }
    }

    /// The alert, given as the agent's JSON, in this format.
    ///
    /// # Errors
    /// If the JSON is not that of an alert and has to be read as one.
    pub fn render(self, json: &str, origin: &Origin) -> Result<String, serde_json::Error> {
        match self {
            Format::Json => Ok(json.to_owned()),
            Format::Ecs => Ok(ecs::document(&serde_json::from_str(json)?, origin).to_string()),
            Format::Ocsf => Ok(ocsf::finding(&serde_json::from_str(json)?, origin).to_string()),
        }
    }
}
