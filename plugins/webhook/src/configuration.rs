//! What the operator wrote, understood or refused by key and value.

use std::collections::BTreeMap;

use daemoneye_format::{Format, SettingError, settings};
use serde_json::Value as Json;

use crate::body::{Body, BodyError};

const FORMATS: &str = "\"json\", \"ecs\", \"ocsf\" or \"slack\"";

/// How alerts are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// `POST`.
    #[default]
    Post,
    /// `PUT`.
    Put,
}

/// How the sink is set up.
#[derive(Debug)]
pub struct Configuration {
    /// Where alerts go.
    pub url: String,
    /// How.
    pub method: Method,
    /// Sent with every alert.
    pub headers: BTreeMap<String, String>,
    /// What is sent.
    pub body: Body,
    /// The name of the granted secret that signs; nothing if nobody signs.
    pub secret: Option<String>,
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// What no sink understands.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A key that must be there.
    #[error("key \"url\" is missing")]
    NoUrl,
    /// Both say what is sent.
    #[error("keys \"format\" and \"template\" are both there")]
    Both,
    /// The template is none.
    #[error("key \"template\": {0}")]
    Template(#[from] BodyError),
}

impl Configuration {
    /// Reads the operator's JSON object.
    ///
    /// # Errors
    /// If it is none, or has a key or a value that means nothing.
    pub fn parse(json: &str) -> Result<Self, ConfigurationError> {
        let mut object = settings(json)?;
        let url = object.remove("url").ok_or(ConfigurationError::NoUrl)?;
        let configuration = Configuration {
            url: text("url", url, "a URL")?,
            method: object.remove("method").map_or(Ok(Method::default()), method)?,
            headers: object.remove("headers").map_or(Ok(BTreeMap::new()), headers)?,
            body: body(object.remove("format"), object.remove("template"))?,
            secret: object.remove("secret").map(|s| text("secret", s, "a name")).transpose()?,
        };
        match object.into_iter().next() {
            Some((key, value)) => Err(SettingError::UnknownKey { key, value }.into()),
            None => Ok(configuration),
        }
    }
}

fn text(key: &'static str, value: Json, expected: &'static str) -> Result<String, SettingError> {
    match value {
        Json::String(text) if !text.is_empty() => Ok(text),
        value => Err(SettingError::Value { key, value, expected }),
    }
}

fn method(value: Json) -> Result<Method, SettingError> {
    match value.as_str() {
        Some("post") => Ok(Method::Post),
        Some("put") => Ok(Method::Put),
        _ => {
            let expected = "\"post\" or \"put\"";
            Err(SettingError::Value { key: "method", value, expected })
        }
    }
}

fn headers(value: Json) -> Result<BTreeMap<String, String>, SettingError> {
    serde_json::from_value(value.clone()).map_err(|_| SettingError::Value {
        key: "headers",
        value,
        expected: "a table of texts",
    })
}

fn body(format: Option<Json>, template: Option<Json>) -> Result<Body, ConfigurationError> {
    match (format, template) {
        (Some(_), Some(_)) => Err(ConfigurationError::Both),
        (None, None) => Ok(Body::Format(Format::default())),
        (None, Some(template)) => Ok(Body::template(&text("template", template, "a template")?)?),
        (Some(format), None) if format == "slack" => Ok(Body::slack()?),
        (Some(format), None) => match Format::named(&format) {
            Some(format) => Ok(Body::Format(format)),
            None => {
                let expected = FORMATS;
                Err(SettingError::Value { key: "format", value: format, expected }.into())
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_has_a_default() {
        let said = Configuration::parse(r#"{"url":"https://a.org"}"#).expect("a configuration");
        assert_eq!((said.url.as_str(), said.method), ("https://a.org", Method::Post));
        assert!(matches!(said.body, Body::Format(Format::Json)));
        assert!(said.headers.is_empty() && said.secret.is_none());
    }

    #[test]
    fn what_means_nothing_is_refused_by_key_and_value() {
        let table = [
            ("{}", r#"key "url" is missing"#),
            (r#"{"url":7}"#, r#"key "url" has value 7, not a URL"#),
            (r#"{"url":"u","colour":1}"#, r#"unknown key "colour" with value 1"#),
            (
                r#"{"url":"u","method":"get"}"#,
                r#"key "method" has value "get", not "post" or "put""#,
            ),
            (
                r#"{"url":"u","headers":{"a":1}}"#,
                r#"key "headers" has value {"a":1}, not a table of texts"#,
            ),
            (r#"{"url":"u","secret":""}"#, r#"key "secret" has value "", not a name"#),
            (r#"{"url":"u","format":"xml"}"#, r#"not "json", "ecs", "ocsf" or "slack""#),
            (r#"{"url":"u","format":"json","template":"1"}"#, "both there"),
            (r#"{"url":"u","template":"{{"}"#, r#"key "template": "#),
        ];
        for (json, expected) in table {
            let error = Configuration::parse(json).expect_err(json).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
