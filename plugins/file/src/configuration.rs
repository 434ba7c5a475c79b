//! What the operator wrote, understood or refused by key and value.

use daemoneye_format::{Format, SettingError, settings};
use serde_json::Value as Json;

const DEFAULT_FILE: &str = "alerts.jsonl";
const DEFAULT_KEEP: u64 = 5;
const MAX_KEEP: u64 = 99;

/// When files are put aside, and how many are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// No file grows over this, unless by a single delivery.
    pub max_bytes: u64,
    /// Files put aside that are kept.
    pub keep: u64,
}

/// Where alerts go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// The file's name.
    pub file: String,
    /// Nothing if the file may grow for ever.
    pub rotation: Option<Rotation>,
    /// How alerts are written.
    pub format: Format,
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// What no sink understands.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// `keep` says how many files to keep, but nothing says when to begin a new one.
    #[error("key \"keep\" has value {0}, but there is no key \"max_bytes\"")]
    KeepOfNothing(u64),
}

impl Configuration {
    /// Reads the operator's JSON object.
    ///
    /// # Errors
    /// If it is none, or has a key or a value that means nothing.
    pub fn parse(json: &str) -> Result<Self, ConfigurationError> {
        let object = settings(json)?;
        let (mut file, mut max_bytes, mut keep) = (DEFAULT_FILE.to_owned(), None, None);
        let mut format = Format::default();
        for (key, value) in object {
            match key.as_str() {
                "file" => file = file_name(value)?,
                "format" => format = format_named(value)?,
                "max_bytes" => max_bytes = Some(number("max_bytes", value, u64::MAX)?),
                "keep" => keep = Some(number("keep", value, MAX_KEEP)?),
                _ => return Err(SettingError::UnknownKey { key, value }.into()),
            }
        }
        let rotation = match (max_bytes, keep) {
            (Some(max_bytes), keep) => {
                Some(Rotation { max_bytes, keep: keep.unwrap_or(DEFAULT_KEEP) })
            }
            (None, Some(keep)) => return Err(ConfigurationError::KeepOfNothing(keep)),
            (None, None) => None,
        };
        Ok(Configuration { file, rotation, format })
    }
}

fn file_name(value: Json) -> Result<String, SettingError> {
    let is_name =
        |name: &&str| !matches!(*name, "" | "." | "..") && !name.contains(['/', '\\', '\0']);
    let name = value.as_str().filter(is_name).map(str::to_owned);
    let expected = "the name of a file";
    name.ok_or(SettingError::Value { key: "file", value, expected })
}

fn format_named(value: Json) -> Result<Format, SettingError> {
    let expected = Format::EXPECTED;
    Format::named(&value).ok_or(SettingError::Value { key: "format", value, expected })
}

fn number(key: &'static str, value: Json, most: u64) -> Result<u64, SettingError> {
    let expected = if most == MAX_KEEP { "a number from 1 to 99" } else { "a number of bytes" };
    let number = value.as_u64().filter(|number| (1..=most).contains(number));
    number.ok_or(SettingError::Value { key, value, expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_has_a_default() {
        let default =
            Configuration { file: "alerts.jsonl".into(), rotation: None, format: Format::Json };
        assert_eq!(Configuration::parse("{}").expect("empty"), default);
        let said =
            Configuration::parse(r#"{"file":"a.log","max_bytes":1000}"#).expect("known keys");
        assert_eq!(said.file, "a.log");
        assert_eq!(said.rotation, Some(Rotation { max_bytes: 1000, keep: 5 }));
    }

    #[test]
    fn what_means_nothing_is_refused_by_key_and_value() {
        let table = [
            (r#"{"path":"/tmp"}"#, r#"unknown key "path" with value "/tmp""#),
            (r#"{"file":"../x"}"#, r#"key "file" has value "../x", not the name of a file"#),
            (r#"{"format":"xml"}"#, r#"key "format" has value "xml", not "json", "ecs" or "ocsf""#),
            (r#"{"file":7}"#, r#"key "file" has value 7, not the name of a file"#),
            (r#"{"max_bytes":"1M"}"#, r#"key "max_bytes" has value "1M", not a number of bytes"#),
            (
                r#"{"max_bytes":9,"keep":100}"#,
                r#"key "keep" has value 100, not a number from 1 to 99"#,
            ),
            (r#"{"keep":3}"#, r#"key "keep" has value 3, but there is no key "max_bytes""#),
        ];
        for (json, expected) in table {
            let error = Configuration::parse(json).expect_err(json);
            assert_eq!(error.to_string(), expected);
        }
    }
}
