//! The operator's settings of a sink, understood or refused by key and value.

use serde_json::{Map, Value as Json};

/// Why a setting is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// Not a JSON object.
    #[error("configuration is no JSON object: {0}")]
    Syntax(#[from] serde_json::Error),
    /// A key that means nothing to this sink.
    #[error("unknown key {key:?} with value {value}")]
    UnknownKey {
        /// The key.
        key: String,
        /// Its value.
        value: Json,
    },
    /// A value that does not fit its key.
    #[error("key {key:?} has value {value}, not {expected}")]
    Value {
        /// The key.
        key: &'static str,
        /// Its value.
        value: Json,
        /// What would fit.
        expected: &'static str,
    },
}

/// The settings that a sink is opened with, by key.
///
/// # Errors
/// If the text is no JSON object.
pub fn settings(json: &str) -> Result<Map<String, Json>, SettingError> {
    Ok(serde_json::from_str(json)?)
}
