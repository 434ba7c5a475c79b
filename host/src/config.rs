//! The agent's configuration: files, environment and flags, every key optional, unknown keys refused.

mod alerts;
mod collectors;
mod delivery;
mod kept;
mod procmond;
mod range;
#[cfg(test)]
mod reference;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use daemoneye_config::{Layers, Origin, Places};
use serde::{Deserialize, Serialize};

use crate::capability::{Grants, RuleGrants};
use crate::plugin::{Allowed, Caps, Granting};

pub use alerts::Alerts;
pub use collectors::{Collector, CollectorsError, PROCMOND, Restart};
pub use delivery::Delivery;
pub use kept::Kept;
pub use procmond::Procmond;

/// The name of its files.
const FILE: &str = "agent.toml";
/// What variables of the environment begin with that are configuration: `DAEMONEYE_KEPT__EVENTS_DAYS`.
const PREFIX: &str = "DAEMONEYE_";
/// Those that flags of our programs and our own tests read, and are not. One that ends in `_` is all
/// that begin so.
const OTHERS: &[&str] = &[
    "DAEMONEYE_BENCH_",
    "DAEMONEYE_BUS_SOCKET",
    "DAEMONEYE_CACHE",
    "DAEMONEYE_CHAOS_",
    "DAEMONEYE_CLI_",
    "DAEMONEYE_CONFIG",
    "DAEMONEYE_CORPUS",
    "DAEMONEYE_LOG",
    "DAEMONEYE_REDACTION_KEY",
    "DAEMONEYE_SOCKET",
    "DAEMONEYE_TEST_",
];

/// What the operator wants. Relative paths are relative to the working directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bus {
    /// Not said: `run/bus.sock` in the data directory.
    pub socket: Option<PathBuf>,
    /// Names of users who may connect besides the agent's own and root, by the group of the socket.
    pub users: Vec<String>,
}

/// One sink.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Its files, its variables or its flags.
    #[error(transparent)]
    Layers(#[from] daemoneye_config::ConfigError),
    /// Which collectors there are.
    #[error(transparent)]
    Collectors(#[from] CollectorsError),
    /// Two sinks have the same name.
    #[error("{origin}: two sinks are named {name:?}")]
    TwoSinks {
        /// The name.
        name: String,
        /// Who says so.
        origin: Origin,
    },
    /// A number that makes no sense.
    #[error("{origin}: {key} = {value}, which is not {expected}")]
    Range {
        /// Which key.
        key: String,
        /// What it says.
        value: u64,
        /// What it may say.
        expected: &'static str,
        /// Who says so.
        origin: Origin,
    },
}

impl Default for Config {
    fn default() -> Self {
        Config::below(default_data_dir())
    }
}

impl Config {
    /// What holds where nobody says anything but where data is kept.
    pub fn below(data_dir: PathBuf) -> Self {
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

    /// All that is said: flags over the environment over the file that is named, or else over those
    /// of the user and the system.
    ///
    /// # Errors
    /// If a file cannot be read or is no TOML, or a flag is no setting.
    pub fn layers(file: Option<&Path>, flags: &[String]) -> Result<Layers, ConfigError> {
        let layers = Layers::of_defaults(&Config::default())?;
        let layers = match file {
            Some(file) => layers.file(file)?,
            None => layers.places(&Places::of_this_user(FILE))?,
        };
        let variables = std::env::vars_os().map(|(name, value)| {
            (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
        });
        let layers = layers.environment(PREFIX, OTHERS, variables).flags(flags)?;
        Config::settled(layers)
    }

    /// The same with what depends on where data is kept.
    fn settled(layers: Layers) -> Result<Layers, ConfigError> {
        let data_dir = layers.load::<Config>()?.data_dir;
        Ok(layers.over(&Config::below(data_dir))?)
    }

    /// Reads and checks this file, and nothing else.
    ///
    /// # Errors
    /// If it cannot be read, is no TOML, has unknown keys, or says what makes no sense.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let layers = Layers::of_defaults(&Config::default())?.file(path)?;
        Config::of(&Config::settled(layers)?)
    }

    /// What is said, checked, with the collectors of `collectors.toml` beside the strongest file that has
    /// one.
    ///
    /// # Errors
    /// If there are unknown keys, or values that make no sense, here or in `collectors.toml`.
    pub fn of(layers: &Layers) -> Result<Self, ConfigError> {
        let mut config: Config = layers.load()?;
        let mut names = std::collections::HashSet::new();
        if let Some(twice) = config.sinks.iter().find(|sink| !names.insert(&sink.name)) {
            let origin = layers.origin(&["sinks"]);
            return Err(ConfigError::TwoSinks { name: twice.name.clone(), origin });
        }
        range::check(&config, layers)?;
        config.collectors = collectors::beside(layers.files())?;
        Ok(config)
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

    /// The releases of packs that were in force last.
    pub fn releases(&self) -> PathBuf {
        self.data_dir.join("releases")
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
    fn packs_and_keys_are_in_the_data_directory_unless_it_says_otherwise() {
        let config = load("data_dir = '/d'\ntrust = '/t'").expect("a configuration");
        assert_eq!(config.packs, Path::new("/d/packs"));
        assert_eq!(config.trust, Path::new("/t"));
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
            ("datadir = 1", ":1: unknown key \"datadir\"; did you mean \"data_dir\"?"),
            ("events_days = 1", "did you mean \"kept.events_days\"?"),
            ("[procmond]\ninterval_ms = 5", "procmond.interval_ms = 5"),
            ("[alerts]\nper_rule_per_minute = 0", "alerts.per_rule_per_minute = 0"),
            ("[bus]\nuser = 'x'", "user"),
            ("[limits]\nmemory_mib = 4096", "limits.memory_mib = 4096"),
            ("[limits]\nfuel = 1", "fuel"),
            ("[delivery]\ngroup = 0", "delivery.group = 0"),
            ("[delivery]\nlast_pause_s = 86401", "delivery.last_pause_s = 86401"),
            ("[grants.p]\nnetwork = true", "network"),
            ("[grants.p]\nkey_value = { entries = 0 }", ":2: grants.p.key_value.entries = 0"),
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
