//! What the operator wrote, understood or refused by key and value.

use daemoneye_format::{Format, SettingError, settings};
use serde_json::Value as Json;

/// What `format` may say.
const EXPECTED: &str = "\"human\", \"json\", \"ecs\" or \"ocsf\"";

/// How alerts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// For people: several lines for each alert, in 100 columns.
    #[default]
    Human,
    /// For programs: one line of JSON for each alert.
    Lines(Format),
}

/// How the sink is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Configuration {
    /// How alerts are written.
    pub style: Style,
}

impl Configuration {
    /// Reads the operator's JSON object.
    ///
    /// # Errors
    /// If it is none, or has a key or a value that means nothing.
    pub fn parse(json: &str) -> Result<Self, SettingError> {
        let mut configuration = Configuration::default();
        for (key, value) in settings(json)? {
            match key.as_str() {
                "format" => configuration.style = style(value)?,
                _ => return Err(SettingError::UnknownKey { key, value }),
            }
        }
        Ok(configuration)
    }
}

fn style(value: Json) -> Result<Style, SettingError> {
    match Format::named(&value) {
        Some(format) => Ok(Style::Lines(format)),
        None if value == "human" => Ok(Style::Human),
        None => Err(SettingError::Value { key: "format", value, expected: EXPECTED }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_understood_or_refused_by_key_and_value() {
        let table = [
            ("{}", Ok(Style::Human)),
            (r#"{"format":"human"}"#, Ok(Style::Human)),
            (r#"{"format":"json"}"#, Ok(Style::Lines(Format::Json))),
            (r#"{"format":"ecs"}"#, Ok(Style::Lines(Format::Ecs))),
            (r#"{"format":"ocsf"}"#, Ok(Style::Lines(Format::Ocsf))),
            (
                r#"{"format":"xml"}"#,
                Err(r#"key "format" has value "xml", not "human", "json", "ecs" or "ocsf""#),
            ),
            (
                r#"{"format":1}"#,
                Err(r#"key "format" has value 1, not "human", "json", "ecs" or "ocsf""#),
            ),
            (r#"{"colour":true}"#, Err(r#"unknown key "colour" with value true"#)),
        ];
        for (json, expected) in table {
            let parsed = Configuration::parse(json).map(|c| c.style).map_err(|e| e.to_string());
            assert_eq!(parsed, expected.map_err(str::to_owned), "{json}");
        }
    }
}
