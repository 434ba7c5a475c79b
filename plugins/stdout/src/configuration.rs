//! What the operator wrote, understood or refused by key and value.

use serde_json::{Map, Value as Json};

/// How alerts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people: several lines for each alert, in 100 columns.
    #[default]
    Human,
    /// For programs: the alert's JSON, one line each.
    Json,
}

/// How the sink is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Configuration {
    /// How alerts are written.
    pub format: Format,
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// Not a JSON object.
    #[error("configuration is no JSON object: {0}")]
    Syntax(#[from] serde_json::Error),
    /// A key that means nothing.
    #[error("unknown key {key:?} with value {value}")]
    UnknownKey {
        /// The key.
        key: String,
        /// Its value.
        value: Json,
    },
    /// A format that there is not.
    #[error("key \"format\" has value {0}, not \"human\" or \"json\"")]
    Format(Json),
}

impl Configuration {
    /// Reads the operator's JSON object.
    ///
    /// # Errors
    /// If it is none, or has a key or a value that means nothing.
    pub fn parse(json: &str) -> Result<Self, ConfigurationError> {
        let object: Map<String, Json> = serde_json::from_str(json)?;
        let mut configuration = Configuration::default();
        for (key, value) in object {
            match key.as_str() {
                "format" => configuration.format = format(value)?,
                _ => return Err(ConfigurationError::UnknownKey { key, value }),
            }
        }
        Ok(configuration)
    }
}

fn format(value: Json) -> Result<Format, ConfigurationError> {
    match value.as_str() {
        Some("human") => Ok(Format::Human),
        Some("json") => Ok(Format::Json),
        _ => Err(ConfigurationError::Format(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_understood_or_refused_by_key_and_value() {
        let table = [
            ("{}", Ok(Format::Human)),
            (r#"{"format":"human"}"#, Ok(Format::Human)),
            (r#"{"format":"json"}"#, Ok(Format::Json)),
            (r#"{"format":"xml"}"#, Err(r#"key "format" has value "xml", not "human" or "json""#)),
            (r#"{"format":1}"#, Err(r#"key "format" has value 1, not "human" or "json""#)),
            (r#"{"colour":true}"#, Err(r#"unknown key "colour" with value true"#)),
        ];
        for (json, expected) in table {
            let parsed = Configuration::parse(json).map(|c| c.format).map_err(|e| e.to_string());
            assert_eq!(parsed, expected.map_err(str::to_owned), "{json}");
        }
    }
}
