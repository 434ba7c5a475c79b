//! What the operator wrote, understood or refused by key and value.

use daemoneye_format::{Format, SettingError, settings};
use serde_json::Value as Json;

/// The number that RFC 5612 sets aside for those who have none of their own.
const DEFAULT_SD_ID: &str = "daemoneye@32473";
/// RFC 5424, section 6.3.2.
const MAX_SD_ID: usize = 32;
const DEFAULT_MAX_BYTES: usize = 8_192;
/// What every receiver should take (RFC 5424, section 6.1), and what UDP carries.
const BYTES: std::ops::RangeInclusive<usize> = 2_048..=65_507;

/// RFC 5424, table 1; the number is the place in this list.
const FACILITIES: &[&str] = &[
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
    "ftp", "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4",
    "local5", "local6", "local7",
];

/// Where a syslog server sorts a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facility(u8);

/// What a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Text {
    /// One line for people.
    #[default]
    Line,
    /// The alert for programs.
    Format(Format),
}

/// How the sink is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// Where a syslog server sorts the messages.
    pub facility: Facility,
    /// What they say.
    pub text: Text,
    /// The most that a message may have.
    pub max_bytes: usize,
    /// The name of the structured data.
    pub sd_id: String,
}

impl Facility {
    /// Its number.
    pub fn code(self) -> u8 {
        self.0
    }

    fn named(name: &str) -> Option<Self> {
        let code = FACILITIES.iter().position(|facility| *facility == name)?;
        u8::try_from(code).ok().map(Facility)
    }
}

impl Default for Facility {
    fn default() -> Self {
        Facility::named("authpriv").expect("it is in the list")
    }
}

impl Default for Configuration {
    fn default() -> Self {
        Configuration {
            facility: Facility::default(),
            text: Text::default(),
            max_bytes: DEFAULT_MAX_BYTES,
            sd_id: DEFAULT_SD_ID.to_owned(),
        }
    }
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
                "facility" => configuration.facility = facility(value)?,
                "format" => configuration.text = text(value)?,
                "max_bytes" => configuration.max_bytes = max_bytes(value)?,
                "sd_id" => configuration.sd_id = sd_id(value)?,
                _ => return Err(SettingError::UnknownKey { key, value }),
            }
        }
        Ok(configuration)
    }
}

fn facility(value: Json) -> Result<Facility, SettingError> {
    let expected = "a facility such as \"authpriv\" or \"local0\"";
    let found = value.as_str().and_then(Facility::named);
    found.ok_or(SettingError::Value { key: "facility", value, expected })
}

fn text(value: Json) -> Result<Text, SettingError> {
    let expected = "\"text\", \"json\", \"ecs\" or \"ocsf\"";
    match Format::named(&value) {
        Some(format) => Ok(Text::Format(format)),
        None if value == "text" => Ok(Text::Line),
        None => Err(SettingError::Value { key: "format", value, expected }),
    }
}

fn max_bytes(value: Json) -> Result<usize, SettingError> {
    let expected = "a number of bytes from 2048 to 65507";
    let bytes = value.as_u64().and_then(|bytes| usize::try_from(bytes).ok());
    let bytes = bytes.filter(|bytes| BYTES.contains(bytes));
    bytes.ok_or(SettingError::Value { key: "max_bytes", value, expected })
}

/// A name, `@` and an enterprise number.
fn sd_id(value: Json) -> Result<String, SettingError> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '=' | ']' | '"' | '@'))
    };
    let is_number =
        |number: &str| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let is_id = |id: &&str| {
        id.len() <= MAX_SD_ID
            && id.split_once('@').is_some_and(|(name, number)| is_name(name) && is_number(number))
    };
    let id = value.as_str().filter(is_id).map(str::to_owned);
    let expected = "a name, \"@\" and an enterprise number";
    id.ok_or(SettingError::Value { key: "sd_id", value, expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_understood() {
        let said = r#"{"facility":"local7","format":"ecs","max_bytes":2048,"sd_id":"a@1.2"}"#;
        let said = Configuration::parse(said).expect("known keys");
        assert_eq!((said.facility.code(), said.max_bytes), (23, 2048));
        assert_eq!(said.text, Text::Format(Format::Ecs));
        assert_eq!(said.sd_id, "a@1.2");
        let default = Configuration::parse("{}").expect("empty");
        assert_eq!((default.facility.code(), default.text), (10, Text::Line));
    }

    #[test]
    fn what_means_nothing_is_refused_by_key_and_value() {
        let table = [
            (r#"{"server":"x"}"#, r#"unknown key "server" with value "x""#),
            (r#"{"facility":"local8"}"#, r#"key "facility" has value "local8", not a facility"#),
            (r#"{"format":"human"}"#, r#"key "format" has value "human", not "text", "json""#),
            (r#"{"max_bytes":2047}"#, r#"key "max_bytes" has value 2047, not a number of bytes"#),
            (r#"{"max_bytes":65508}"#, r#"key "max_bytes" has value 65508"#),
            (r#"{"sd_id":"plain"}"#, r#"key "sd_id" has value "plain", not a name"#),
            (r#"{"sd_id":"a]b@1"}"#, r#"key "sd_id""#),
            (r#"{"sd_id":"@1"}"#, r#"key "sd_id""#),
        ];
        for (json, expected) in table {
            let error = Configuration::parse(json).expect_err(json).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
