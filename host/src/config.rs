//! The agent's configuration: one TOML file, every key optional, unknown keys refused.

mod alerts;
mod collectors;
mod delivery;
mod kept;
mod procmond;
mod range;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::capability::{Grants, RuleGrants};
use crate::plugin::{Allowed, Caps, Granting};

pub use alerts::Alerts;
pub use collectors::{Collector, PROCMOND, Restart};
pub use delivery::Delivery;
pub use kept::Kept;
pub use procmond::Procmond;

/// What the operator wants. Relative paths are relative to the working directory.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where events, alerts and compiled code are kept; owner-only.
    pub data_dir: PathBuf,
    /// A folder of packs, each a folder or a `.pack` file.
    pub packs: PathBuf,
    /// A folder of the operator's own rules, which is watched. Not said: `rules` in the data directory.
    /// Empty: none.
    pub rules: Option<PathBuf>,
    /// A folder of public keys, or of a root with its signatures. Only packs that they vouch for are
    /// loaded.
    pub trust: PathBuf,
    /// A folder of components: the engine, the languages, the sinks.
    pub plugins: PathBuf,
    /// Loads unsigned packs, too. For trying rules out.
    pub allow_unsigned: bool,
    /// The socket.
    pub bus: Bus,
    /// The sensor.
    pub procmond: Procmond,
    /// Which collectors the agent starts: what `collectors.toml` beside this file says.
    #[serde(skip)]
    pub collectors: Vec<Collector>,
    /// Alerts.
    pub alerts: Alerts,
    /// How long things are kept.
    pub kept: Kept,
    /// How patient delivery is.
    pub delivery: Delivery,
    /// Caps over what plugins ask for.
    pub limits: Caps,
    /// What rules of packs may do outside the sandbox, by the pack's id.
    pub grants: BTreeMap<String, RuleGrants>,
    /// Where alerts go. Without any, to standard output, for people.
    pub sinks: Vec<Sink>,
}

/// Where collectors and operators meet the agent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bus {
    /// Not said: `run/bus.sock` in the data directory.
    pub socket: Option<PathBuf>,
    /// Names of users who may connect besides the agent's own and root, by the group of the socket.
    pub users: Vec<String>,
}

/// One sink.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sink {
    /// Its name here, in logs and in `daemoneye status`.
    pub name: String,
    /// The component: `NAME.wasm` in the folder of plugins.
    pub plugin: String,
    /// What it may do.
    #[serde(default)]
    pub grants: Grants,
    /// Handed to the component as JSON; which keys there are, the component says.
    #[serde(default)]
    pub config: toml::Table,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("configuration {path:?}: {cause}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file is no configuration.
    #[error("configuration {path:?}: {cause}")]
    Parse {
        /// Which.
        path: PathBuf,
        /// Where and what.
        cause: Box<toml::de::Error>,
    },
    /// Two sinks have the same name.
    #[error("configuration: two sinks are named {0:?}")]
    TwoSinks(String),
    /// Two collectors have the same name.
    #[error("configuration: two collectors are named {0:?}")]
    TwoCollectors(String),
    /// No collector can be called so.
    #[error("configuration: collector {0:?}, not 1 to 32 of [a-z0-9_-], or taken by the agent")]
    CollectorName(String),
    /// A number that makes no sense.
    #[error("configuration: {key} = {value}, not {expected}")]
    Range {
        /// Which key.
        key: &'static str,
        /// What it says.
        value: u64,
        /// What it may say.
        expected: &'static str,
    },
}

impl Default for Config {
    fn default() -> Self {
        let data_dir = default_data_dir();
        Config {
            packs: data_dir.join("packs"),
            rules: None,
            trust: data_dir.join("trust"),
            plugins: default_plugins(),
            data_dir,
            allow_unsigned: false,
            bus: Bus::default(),
            procmond: Procmond::default(),
            collectors: vec![Collector::default()],
            alerts: Alerts::default(),
            kept: Kept::default(),
            delivery: Delivery::default(),
            limits: Caps::default(),
            grants: BTreeMap::new(),
            sinks: vec![Sink {
                name: "console".to_owned(),
                plugin: "stdout".to_owned(),
                grants: Grants { console: true, ..Grants::default() },
                config: toml::Table::new(),
            }],
        }
    }
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// If it cannot be read, is no TOML, has unknown keys, or says what makes no sense.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|cause| ConfigError::Read { path: path.to_owned(), cause })?;
        let mut config: Config = toml::from_str(&text)
            .map_err(|cause| ConfigError::Parse { path: path.to_owned(), cause: cause.into() })?;
        config.check()?;
        config.collectors = collectors::beside(path)?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let mut names = std::collections::HashSet::new();
        if let Some(twice) = self.sinks.iter().find(|sink| !names.insert(&sink.name)) {
            return Err(ConfigError::TwoSinks(twice.name.clone()));
        }
        range::check(self)
    }

    /// What plugins are allowed.
    pub fn allowed(&self) -> Allowed {
        Allowed { caps: self.limits, rules: Granting::Listed(self.grants.clone()) }
    }

    /// The agent's socket.
    pub fn socket(&self) -> PathBuf {
        self.bus.socket.clone().unwrap_or_else(|| self.data_dir.join("run/bus.sock"))
    }

    /// Where the sensor keeps what must not be lost.
    pub fn sensor_state(&self) -> PathBuf {
        self.procmond.state_dir.clone().unwrap_or_else(|| self.data_dir.join("procmond"))
    }

    /// The agent's store.
    pub fn store(&self) -> PathBuf {
        self.data_dir.join("store.redb")
    }

    /// What is remembered of packs.
    pub fn pack_memory(&self) -> PathBuf {
        self.data_dir.join("pack-memory.json")
    }

    /// The folder of packs that judge in shadow, beside the folder of packs.
    pub fn shadow(&self) -> PathBuf {
        self.packs.with_file_name("shadow")
    }

    /// The operator's own rules, if there may be any.
    pub fn rules(&self) -> Option<PathBuf> {
        match &self.rules {
            None => Some(self.data_dir.join("rules")),
            Some(folder) => Some(folder.clone()).filter(|folder| !folder.as_os_str().is_empty()),
        }
    }

    /// Compiled code and compiled rules.
    pub fn cache(&self) -> PathBuf {
        self.data_dir.join("cache")
    }
}

/// `/var/lib/daemoneye` for root, else below the user's own data.
pub fn default_data_dir() -> PathBuf {
    if rustix::process::geteuid().is_root() {
        return PathBuf::from("/var/lib/daemoneye");
    }
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let data = data.or_else(|| Some(std::env::home_dir()?.join(".local/share")));
    data.unwrap_or_else(|| PathBuf::from(".")).join("daemoneye")
}

/// Where the plugins are installed; in a build tree, where `cargo xtask plugins` puts them.
fn default_plugins() -> PathBuf {
    let installed = beside_this_program("../lib/daemoneye/plugins");
    let built = beside_this_program("../plugins");
    if !installed.exists() && built.join("engine.wasm").exists() { built } else { installed }
}

fn beside_this_program(name: &str) -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.parent().unwrap_or(Path::new("")).join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Config, String> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("written");
        Config::load(file.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn an_empty_file_is_the_default() {
        assert_eq!(load(""), Ok(Config::default()));
    }

    #[test]
    fn own_rules_are_in_the_data_directory_or_where_it_says_or_nowhere() {
        let rules = |text| load(text).expect("a configuration").rules();
        assert_eq!(rules("data_dir = '/d'"), Some("/d/rules".into()));
        assert_eq!(rules("data_dir = '/d'\nrules = '/r'"), Some("/r".into()));
        assert_eq!(rules("rules = ''"), None);
    }

    #[test]
    fn caps_grants_and_patience_are_what_the_file_says() {
        let text = "[limits]\nmemory_mib = 4095\n[delivery]\ngroup = 1\n\
            [grants.p]\nprocesses = true\nkey_value = { entries = 9 }";
        let config = load(text).expect("a configuration");
        assert_eq!((config.limits.memory_mib, config.delivery.policy().group), (4_095, 1));
        let Granting::Listed(packs) = config.allowed().rules else { panic!("they are listed") };
        assert!(packs["p"].processes);
        assert_eq!(packs["p"].key_value.map(|grant| grant.entries), Some(9));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let table = [
            ("datadir = 1", "datadir"),
            ("[procmond]\ninterval_ms = 5", "procmond.interval_ms = 5"),
            ("[alerts]\nper_rule_per_minute = 0", "alerts.per_rule_per_minute = 0"),
            ("[bus]\nuser = 'x'", "user"),
            ("[limits]\nmemory_mib = 4096", "limits.memory_mib = 4096"),
            ("[limits]\nfuel = 1", "fuel"),
            ("[delivery]\ngroup = 0", "delivery.group = 0"),
            ("[delivery]\nlast_pause_s = 86401", "delivery.last_pause_s = 86401"),
            ("[grants.p]\nnetwork = true", "network"),
            ("[grants.p]\nkey_value = { entries = 0 }", "key_value.entries = 0"),
            ("[[sinks]]\nname = 'a'", "plugin"),
            ("[[sinks]]\nname='a'\nplugin='x'\n[[sinks]]\nname='a'\nplugin='y'", "\"a\""),
            ("[[sinks]]\nname='a'\nplugin='x'\ngrants={ network = true }", "network"),
        ];
        for (text, named) in table {
            let error = load(text).expect_err(text);
            assert!(error.contains(named), "{error} does not name {named}");
        }
    }
}
