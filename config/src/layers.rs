//! All layers: what they come to, and where each value comes from.

use std::path::Path;

use figment::Figment;
use figment::value::{Empty, Value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::fault::{ConfigError, explain};
use crate::layer::{Layer, Origin};
use crate::places::Places;

/// Layers, the later over the earlier.
#[derive(Debug, Clone)]
pub struct Layers {
    layers: Vec<Layer>,
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The whole key, such as `kept.events_days`.
    pub key: String,
    /// The value as TOML; nothing where there is none.
    pub value: Option<String>,
    /// Who says so.
    pub origin: Origin,
}

impl Layers {
    /// What holds where nobody says anything.
    ///
    /// # Errors
    /// If it cannot be told as text.
    pub fn of_defaults(defaults: &impl Serialize) -> Result<Self, ConfigError> {
        Ok(Layers { layers: vec![Layer::defaults(defaults)?] })
    }

    /// The same over other defaults, where these depend on what is said.
    ///
    /// # Errors
    /// If they cannot be told as text.
    pub fn over(mut self, defaults: &impl Serialize) -> Result<Self, ConfigError> {
        self.layers[0] = Layer::defaults(defaults)?;
        Ok(self)
    }

    /// And over it the files of the system and of the user, as far as they are there.
    ///
    /// # Errors
    /// If one cannot be read or is no TOML.
    pub fn places(mut self, places: &Places) -> Result<Self, ConfigError> {
        for path in [Some(&places.system), places.user.as_ref()].into_iter().flatten() {
            self.layers.extend(Layer::file(path)?);
        }
        Ok(self)
    }

    /// And over it this file.
    ///
    /// # Errors
    /// If it is not there, cannot be read or is no TOML.
    pub fn file(mut self, path: &Path) -> Result<Self, ConfigError> {
        let layer = Layer::file(path)?;
        self.layers.push(layer.ok_or_else(|| ConfigError::Absent(path.to_owned()))?);
        Ok(self)
    }

    /// And over it the variables of the environment that begin with the prefix and are none of the
    /// `others`: `PREFIX_TABLE__KEY`. Of the others, one that ends in `_` is all that begin so.
    pub fn environment(
        mut self,
        prefix: &str,
        others: &[&str],
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        self.layers.push(Layer::environment(prefix, others, variables));
        self
    }

    /// And over it what was said on the command line, each as `table.key=value`.
    ///
    /// # Errors
    /// If one is nothing of this form.
    pub fn flags(mut self, said: &[String]) -> Result<Self, ConfigError> {
        self.layers.push(Layer::flags(said)?);
        Ok(self)
    }

    /// What they come to.
    ///
    /// # Errors
    /// If there are unknown keys, or values that make no sense.
    pub fn load<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        let figment = self.figment();
        figment.extract().map_err(|error| {
            let keys: Vec<String> = self.layers[..1].iter().flat_map(keys).collect();
            let value = |path: &[&str]| figment.find_value(&path.join(".")).ok();
            explain(
                error,
                &keys,
                |path| self.origin(path),
                |path| value(path).map(|value| text(&value)).unwrap_or_default(),
            )
        })
    }

    /// Who says what this key is.
    pub fn origin(&self, path: &[&str]) -> Origin {
        let said = self.layers.iter().rev().find(|layer| layer.says(path));
        // A table that is not there is missing in whoever says the most of what is around it.
        match (said, path.split_last()) {
            (Some(layer), _) => layer.origin(path),
            (None, Some((_, around))) => self.origin(around),
            (None, None) => Origin::Default,
        }
    }

    /// Every value, by its key.
    ///
    /// # Errors
    /// If there are unknown keys, or values that make no sense.
    pub fn told<T: DeserializeOwned>(&self) -> Result<Vec<Told>, ConfigError> {
        self.load::<T>()?;
        let whole = self.figment().find_value("").unwrap_or_else(|_| Value::from(Empty::None));
        let mut all = Vec::new();
        leaves(&whole, &mut Vec::new(), &mut |path, value| {
            let parts: Vec<&str> = path.iter().map(String::as_str).collect();
            let value = (!matches!(value, Value::Empty(..))).then(|| text(value));
            all.push(Told { key: path.join("."), value, origin: self.origin(&parts) });
        });
        Ok(all)
    }

    /// The files that say something, the weakest first.
    pub fn files(&self) -> impl DoubleEndedIterator<Item = &Path> {
        self.layers.iter().filter_map(Layer::path)
    }

    fn figment(&self) -> Figment {
        self.layers.iter().fold(Figment::new(), |merged, layer| merged.merge(layer.clone()))
    }
}

fn keys(layer: &Layer) -> Vec<String> {
    let merged = Figment::new().merge(layer.clone()).find_value("");
    let mut all = Vec::new();
    if let Ok(whole) = merged {
        leaves(&whole, &mut Vec::new(), &mut |path, _| all.push(path.join(".")));
    }
    all
}

/// Each value that is no table, with its path. A table with nothing in it says nothing.
fn leaves(value: &Value, path: &mut Vec<String>, tell: &mut impl FnMut(&[String], &Value)) {
    match value {
        Value::Dict(_, dict) => {
            for (key, value) in dict {
                path.push(key.clone());
                leaves(value, path, tell);
                path.pop();
            }
        }
        value => tell(path, value),
    }
}

/// As TOML.
fn text(value: &Value) -> String {
    match value {
        Value::Dict(_, dict) => {
            let pairs: Vec<String> =
                dict.iter().map(|(key, value)| format!("{key} = {}", text(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Value::Array(_, items) => {
            format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(", "))
        }
        Value::Empty(..) => "nothing".to_owned(),
        value => value.deserialize::<toml::Value>().map(|v| v.to_string()).unwrap_or_default(),
    }
}
