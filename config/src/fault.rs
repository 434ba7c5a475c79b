//! What is wrong with a configuration, with key, value and origin.

use std::path::PathBuf;

use figment::error::{Actual, Kind};

use crate::layer::Origin;

/// Names this much alike are meant for each other, as [`strsim::jaro_winkler`] has it, 0 to 1.
const ALIKE: f64 = 0.8;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file that was named is not there.
    #[error("configuration {0:?} is not there")]
    Absent(PathBuf),
    /// A file cannot be read.
    #[error("configuration {path:?}: {cause}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A file is no TOML.
    #[error("configuration {path:?}: {cause}")]
    Parse {
        /// Which.
        path: PathBuf,
        /// Where and what.
        cause: Box<toml::de::Error>,
    },
    /// What was said on the command line is no setting.
    #[error("--set {0:?} is not of the form KEY=VALUE")]
    Setting(String),
    /// There is no such key.
    #[error("{origin}: unknown key {key:?}{}", did_you_mean(.meant.as_deref()))]
    Unknown {
        /// The whole key.
        key: String,
        /// A key that there is.
        meant: Option<String>,
        /// Who says so.
        origin: Origin,
    },
    /// A key has a value that it cannot have.
    #[error("{origin}: {key} = {value}, which is {cause}")]
    Value {
        /// The whole key.
        key: String,
        /// What it says.
        value: String,
        /// What it should be.
        cause: String,
        /// Who says so.
        origin: Origin,
    },
    /// What must be said is not.
    #[error("{origin}: {key:?} is missing")]
    Missing {
        /// The whole key.
        key: String,
        /// Who does not say so.
        origin: Origin,
    },
    /// The defaults of this program cannot be told: a path that is no text.
    #[error("default configuration: {0}")]
    Defaults(Box<figment::Error>),
}

fn did_you_mean(meant: Option<&str>) -> String {
    meant.map(|key| format!("; did you mean {key:?}?")).unwrap_or_default()
}

/// What an error of the merged values means; `origin` tells who says a key, `value` what, and `keys`
/// are all that there are.
pub(crate) fn explain(
    error: figment::Error,
    keys: &[String],
    origin: impl Fn(&[&str]) -> Origin,
    value: impl Fn(&[&str]) -> String,
) -> ConfigError {
    let mut path = error.path.clone();
    match error.kind {
        Kind::UnknownField(name, expected) => {
            // The path ends with the key itself.
            path.pop_if(|last| *last == name);
            let meant = suggestion(&path, &name, expected, keys);
            path.push(name);
            let parts: Vec<&str> = path.iter().map(String::as_str).collect();
            ConfigError::Unknown { origin: origin(&parts), key: path.join("."), meant }
        }
        Kind::MissingField(name) => {
            let parts: Vec<&str> = path.iter().map(String::as_str).collect();
            let origin = origin(&parts);
            path.push(name.into_owned());
            ConfigError::Missing { key: path.join("."), origin }
        }
        kind => {
            let parts: Vec<&str> = path.iter().map(String::as_str).collect();
            let (value, cause) = (value(&parts), wrong(&kind));
            ConfigError::Value { key: path.join("."), value, cause, origin: origin(&parts) }
        }
    }
}

fn wrong(kind: &Kind) -> String {
    let not = |expected: &str| format!("not {expected}");
    match kind {
        Kind::Message(text) => format!("wrong: {text}"),
        Kind::InvalidType(Actual::Unit | Actual::Option, expected)
        | Kind::InvalidType(_, expected)
        | Kind::InvalidValue(_, expected)
        | Kind::InvalidLength(_, expected) => not(expected),
        Kind::UnknownVariant(_, expected) => not(&format!("one of {}", expected.join(", "))),
        other => format!("wrong: {other}"),
    }
}

/// The key of the same table that is most like it, else one of another table with the same name.
fn suggestion(path: &[String], name: &str, expected: &[&str], keys: &[String]) -> Option<String> {
    let whole =
        |key: &str| path.iter().map(String::as_str).chain([key]).collect::<Vec<_>>().join(".");
    let alike = expected.iter().map(|key| (strsim::jaro_winkler(key, name), *key));
    let nearest =
        alike.max_by(|(a, _), (b, _)| a.total_cmp(b)).filter(|(alike, _)| *alike >= ALIKE);
    let elsewhere = || keys.iter().find(|key| key.rsplit('.').next() == Some(name)).cloned();
    nearest.map(|(_, key)| whole(key)).or_else(elsewhere)
}
