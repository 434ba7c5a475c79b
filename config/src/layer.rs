//! One file, the environment, or what was said on the command line, as keys and values.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};
use serde::{Deserialize, Serialize};

use crate::fault::ConfigError;
use crate::line::line;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "lowercase")]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A file.
    File {
        /// Which.
        path: PathBuf,
        /// The line, from 1, where it is known.
        line: Option<usize>,
    },
    /// A variable of the environment.
    Environment {
        /// Its name.
        variable: String,
    },
    /// The command line.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => write!(f, "default"),
            Origin::File { path, line: Some(line) } => write!(f, "{}:{line}", path.display()),
            Origin::File { path, line: None } => write!(f, "{}", path.display()),
            Origin::Environment { variable } => write!(f, "{variable}"),
            Origin::Flag => write!(f, "--set"),
        }
    }
}

/// Keys and values that came together.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    values: Dict,
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    Defaults,
    File { path: PathBuf, text: String },
    Environment { prefix: String },
    Flag,
}

impl Layer {
    pub(crate) fn defaults(values: &impl Serialize) -> Result<Self, ConfigError> {
        let values =
            Value::serialize(values).map_err(|error| ConfigError::Defaults(error.into()))?;
        let values = values.into_dict().unwrap_or_default();
        Ok(Layer { values, source: Source::Defaults })
    }

    /// A file; nothing if there is none.
    pub(crate) fn file(path: &Path) -> Result<Option<Self>, ConfigError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(ConfigError::Read { path: path.to_owned(), cause }),
        };
        let values = toml::from_str(&text).map_err(|cause| ConfigError::Parse {
            path: path.to_owned(),
            cause: Box::new(cause),
        })?;
        Ok(Some(Layer { values, source: Source::File { path: path.to_owned(), text } }))
    }

    /// Variables with the prefix: `PREFIX` and the key in capitals, `__` between tables and keys.
    /// `others` with the prefix are somebody else's; one that ends in `_` stands for all that begin so.
    pub(crate) fn environment(
        prefix: &str,
        others: &[&str],
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let is_other = |name: &str| {
            others
                .iter()
                .any(|other| name == *other || (other.ends_with('_') && name.starts_with(other)))
        };
        let mut values = Dict::new();
        for (name, text) in variables {
            let Some(key) = name.strip_prefix(prefix).filter(|_| !is_other(&name)) else {
                continue;
            };
            let key = key.to_lowercase();
            put(&mut values, &key.split("__").collect::<Vec<_>>(), value(&text));
        }
        Layer { values, source: Source::Environment { prefix: prefix.to_owned() } }
    }

    /// `KEY=VALUE`, with a dot between tables and keys.
    pub(crate) fn flags(said: &[String]) -> Result<Self, ConfigError> {
        let mut values = Dict::new();
        for text in said {
            let parts = text.split_once('=').map(|(key, value)| (key.trim(), value.trim()));
            let (key, text) = parts
                .filter(|(key, _)| !key.is_empty())
                .ok_or_else(|| ConfigError::Setting(text.clone()))?;
            put(&mut values, &key.split('.').collect::<Vec<_>>(), value(text));
        }
        Ok(Layer { values, source: Source::Flag })
    }

    /// Whether it says something of this key.
    pub(crate) fn says(&self, path: &[&str]) -> bool {
        let Some((first, rest)) = path.split_first() else { return false };
        let mut found = self.values.get(*first);
        for part in rest {
            found = match found {
                Some(Value::Dict(_, dict)) => dict.get(*part),
                Some(Value::Array(_, items)) => part.parse().ok().and_then(|n: usize| items.get(n)),
                _ => None,
            };
        }
        found.is_some()
    }

    /// Of a key in it.
    pub(crate) fn origin(&self, path: &[&str]) -> Origin {
        match &self.source {
            Source::Defaults => Origin::Default,
            Source::File { path: file, text } => {
                Origin::File { path: file.clone(), line: line(text, path) }
            }
            Source::Environment { prefix } => Origin::Environment {
                variable: format!("{prefix}{}", path.join("__").to_uppercase()),
            },
            Source::Flag => Origin::Flag,
        }
    }

    /// The file, if it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.source {
            Source::File { path, .. } => Some(path),
            _ => None,
        }
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named("layer")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

/// As TOML, or as the text that it is: `7`, `true`, `["a"]`, `/var/lib/daemoneye`.
fn value(text: &str) -> Value {
    let read = |text: &str| toml::from_str::<Dict>(&format!("v = {text}")).ok()?.remove("v");
    let is_one_line = !text.contains(['\n', '\r']);
    is_one_line.then(|| read(text)).flatten().unwrap_or_else(|| Value::from(text))
}

fn put(values: &mut Dict, path: &[&str], value: Value) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        values.insert((*first).to_owned(), value);
        return;
    }
    let table = values.entry((*first).to_owned()).or_insert_with(|| Value::from(Dict::new()));
    if !matches!(table, Value::Dict(..)) {
        *table = Value::from(Dict::new());
    }
    if let Value::Dict(_, inner) = table {
        put(inner, rest, value);
    }
}
