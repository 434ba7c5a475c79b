//! What a sink may do outside its sandbox: THE LIST, one file per interface. What rules may do is in
//! the room `rule`.
//!
//! A sink has a capability if its component requests it and the operator grants it. Today a component
//! requests by importing; the two refusals are told apart.
//!
//! Invariant: a capability is linked only when it is granted, so that a component which imports
//! anything else does not load at all.

mod console;
mod directory;
mod http;
mod identity;
mod log;
mod rule;
mod syslog;

use std::io;
use std::path::PathBuf;

use wasmtime::component::Linker;

use crate::plugin::State;

pub use http::{Endpoint, HttpGrant, Network, NoEndpoint, NoNetwork, SecretError};
pub use rule::{Held, KeyValueGrant, Namespace, Processes, RuleCapability, RuleGrants};
pub use syslog::SyslogGrant;

/// What a sink can be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// Standard output of the agent.
    Console,
    /// One directory.
    Directory,
    /// Requests to some hosts.
    Http,
    /// One syslog server.
    Syslog,
}

/// What the operator grants to one sink.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Grants {
    /// Standard output of the agent.
    pub console: bool,
    /// One directory; it is created, owner-only, when it is missing.
    pub directory: Option<PathBuf>,
    /// HTTP to some hosts.
    pub http: Option<HttpGrant>,
    /// One syslog server.
    pub syslog: Option<SyslogGrant>,
}

/// Why a component does not get what it asks for, or is not to have what it did not ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such capability.
    #[error("is nothing that a sink can be granted")]
    Unknown,
    /// Requested, and not granted.
    #[error("is not granted in the agent's configuration")]
    NotGranted,
    /// Granted, and not requested.
    #[error("is granted in the agent's configuration and not requested by the component")]
    NotRequested,
    /// A rule wants what no rule gets.
    #[error("is nothing that a rule can be granted")]
    UnknownToRules,
    /// A component imports what the manifest of its pack does not request.
    #[error("is imported and not requested in the pack's manifest")]
    NotInManifest,
    /// The manifest of a pack requests what the component does not import.
    #[error("is requested in the pack's manifest and not imported by the component")]
    NotImported,
    /// Granted to a pack, and none of its components requests it.
    #[error("is granted in the agent's configuration and not requested in the pack's manifest")]
    Idle,
}

/// Why a grant cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GrantError {
    /// The directory.
    #[error("granted directory {path:?}: {cause}")]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The certificates to trust.
    #[error("granted ca {path:?}: {cause}")]
    Ca {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// A secret.
    #[error("granted secret {name:?} in {path:?}: {cause}")]
    Secret {
        /// Its name.
        name: String,
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: SecretError,
    },
}

/// Grants, opened: what an instance holds.
#[derive(Default)]
pub(crate) struct Granted {
    plugin: String,
    directory: Option<cap_std::fs::Dir>,
    http: Option<http::Client>,
    syslog: Option<syslog::Line>,
    pub(crate) held: Held,
}

impl Granted {
    /// What the instance of a rule plugin holds.
    pub(crate) fn to_rules(held: Held) -> Self {
        Granted { held, ..Granted::default() }
    }
}

impl Capability {
    const ALL: [Capability; 4] =
        [Capability::Console, Capability::Directory, Capability::Http, Capability::Syslog];

    /// The key in `grants`, and the name of the interface.
    pub fn name(self) -> &'static str {
        match self {
            Capability::Console => "console",
            Capability::Directory => "directory",
            Capability::Http => "http",
            Capability::Syslog => "syslog",
        }
    }

    fn link(self, linker: &mut Linker<State>) -> wasmtime::Result<()> {
        match self {
            Capability::Console => console::link(linker),
            Capability::Directory => directory::link(linker),
            Capability::Http => http::link(linker),
            Capability::Syslog => syslog::link(linker),
        }
    }
}

impl Grants {
    /// Opens what is granted for the plugin.
    pub(crate) fn open(&self, plugin: &str) -> Result<Granted, GrantError> {
        Ok(Granted {
            plugin: plugin.to_owned(),
            directory: self.directory.as_deref().map(directory::open).transpose()?,
            http: self.http.as_ref().map(http::Client::open).transpose()?,
            syslog: self.syslog.as_ref().map(syslog::Line::open),
            held: Held::default(),
        })
    }

    /// Holds what a component imports against what is granted.
    ///
    /// # Errors
    /// The first import that is refused, or else the first grant that nothing asks for.
    pub(crate) fn check<'a>(
        &self,
        imports: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), (String, Refusal)> {
        let mut requested = Vec::new();
        for import in imports {
            match named(import).map_err(|refusal| (import.to_owned(), refusal))? {
                Some(capability) if !self.has(capability) => {
                    return Err((import.to_owned(), Refusal::NotGranted));
                }
                wanted => requested.extend(wanted),
            }
        }
        let idle =
            |capability: &Capability| self.has(*capability) && !requested.contains(capability);
        match Capability::ALL.into_iter().find(idle) {
            Some(capability) => Err((capability.name().to_owned(), Refusal::NotRequested)),
            None => Ok(()),
        }
    }

    /// Links what every sink has, and what is granted; nothing else.
    pub(crate) fn link(&self, linker: &mut Linker<State>) -> wasmtime::Result<()> {
        log::link(linker)?;
        identity::link(linker)?;
        let mut granted = Capability::ALL.into_iter().filter(|capability| self.has(*capability));
        granted.try_for_each(|capability| capability.link(linker))
    }

    fn has(&self, capability: Capability) -> bool {
        match capability {
            Capability::Console => self.console,
            Capability::Directory => self.directory.is_some(),
            Capability::Http => self.http.is_some(),
            Capability::Syslog => self.syslog.is_some(),
        }
    }
}

/// The capability behind an import; nothing for what every sink has.
fn named(import: &str) -> Result<Option<Capability>, Refusal> {
    let name = import.strip_prefix("daemoneye:plugin/").and_then(|name| name.split('@').next());
    match name {
        Some("log" | "identity") => Ok(None),
        name => {
            let found = Capability::ALL.into_iter().find(|known| name == Some(known.name()));
            found.map(Some).ok_or(Refusal::Unknown)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "daemoneye:plugin/log@0.1.0";
    const CONSOLE: &str = "daemoneye:plugin/console@0.1.0";
    const SYSLOG: &str = "daemoneye:plugin/syslog@0.1.0";

    #[test]
    fn what_is_requested_and_granted_is_all_that_passes() {
        let console = Grants { console: true, ..Grants::default() };
        let nothing = Grants::default();
        let refused = |name: &str, refusal| Err((name.to_owned(), refusal));
        let table: [(&Grants, &[&str], _); 7] = [
            (&console, &[LOG, CONSOLE], Ok(())),
            (&nothing, &[LOG], Ok(())),
            (&nothing, &[CONSOLE], refused(CONSOLE, Refusal::NotGranted)),
            (&console, &[CONSOLE, SYSLOG], refused(SYSLOG, Refusal::NotGranted)),
            (&console, &[LOG], refused("console", Refusal::NotRequested)),
            (
                &console,
                &["wasi:http/types@0.2.0"],
                refused("wasi:http/types@0.2.0", Refusal::Unknown),
            ),
            (&console, &["evil:plugin/console"], refused("evil:plugin/console", Refusal::Unknown)),
        ];
        for (grants, imports, expected) in table {
            assert_eq!(grants.check(imports.iter().copied()), expected, "{imports:?}");
        }
    }
}
