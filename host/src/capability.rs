//! What a sink may do outside its sandbox: THE LIST, one file per interface.
//!
//! Invariant: a capability is linked only when it is granted, so that a component which imports
//! anything else does not load at all.

mod console;
mod directory;
mod log;

use std::path::PathBuf;

pub use directory::GrantError;

/// What the operator grants to one sink.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Grants {
    /// Standard output of the agent.
    pub console: bool,
    /// One directory; it is created, owner-only, when it is missing.
    pub directory: Option<PathBuf>,
}

/// Grants, opened: what an instance holds.
#[derive(Default)]
pub(crate) struct Granted {
    plugin: String,
    directory: Option<cap_std::fs::Dir>,
}

impl Grants {
    /// Opens what is granted for the plugin.
    pub(crate) fn open(&self, plugin: &str) -> Result<Granted, GrantError> {
        let directory = self.directory.as_deref().map(directory::open).transpose()?;
        Ok(Granted { plugin: plugin.to_owned(), directory })
    }

    /// Whether a component may import the interface; the reason if not.
    pub(crate) fn allow(&self, import: &str) -> Result<(), &'static str> {
        const NOT_GRANTED: &str = "is not granted in the agent's configuration";
        match import.strip_prefix("daemoneye:plugin/").and_then(|name| name.split('@').next()) {
            Some("log") => Ok(()),
            Some("console") => self.console.then_some(()).ok_or(NOT_GRANTED),
            Some("directory") => self.directory.is_some().then_some(()).ok_or(NOT_GRANTED),
            _ => Err("no sink can be granted"),
        }
    }
}

/// The host's side of each interface, for linking.
pub(crate) mod link {
    pub(crate) use super::console::link as console;
    pub(crate) use super::directory::link as directory;
    pub(crate) use super::log::link as log;
}
