//! What a rule of a pack may do outside its sandbox: THE LIST, and nothing else, ever.
//!
//! A component has a capability if it imports the interface, its pack's signed manifest requests it,
//! and the operator grants it to the pack. Each of the three that is missing is a refusal of its own.
//!
//! ```text
//! key_value    the interface, held to a namespace
//! namespace    what is remembered: bounded, and undone where a call ends in a fault
//! processes    the interface, and the table behind it
//! ```

mod key_value;
mod namespace;
mod processes;

use serde::{Deserialize, Serialize};
use wasmtime::component::Linker;

use super::Refusal;
use crate::plugin::State;

pub use namespace::{KeyValueGrant, Namespace};
pub use processes::Processes;

/// What a rule can be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleCapability {
    /// A namespace to remember things in.
    KeyValue,
    /// The table of living processes.
    Processes,
}

/// What the operator grants to the rules of one pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RuleGrants {
    /// A namespace for each component of the pack, of this size.
    pub key_value: Option<KeyValueGrant>,
    /// The table of living processes.
    pub processes: bool,
}

/// What all instances of a component hold, one after the other. A clone is the same.
#[derive(Clone, Default)]
pub struct Held {
    pub(crate) namespace: Option<Namespace>,
    pub(crate) processes: Option<Processes>,
}

impl RuleCapability {
    const ALL: [RuleCapability; 2] = [RuleCapability::KeyValue, RuleCapability::Processes];

    /// The name of the interface, and the word for it in a pack's manifest.
    pub fn name(self) -> &'static str {
        match self {
            RuleCapability::KeyValue => "key-value",
            RuleCapability::Processes => "processes",
        }
    }

    /// The capability of this name.
    fn named(name: &str) -> Option<RuleCapability> {
        RuleCapability::ALL.into_iter().find(|known| known.name() == name)
    }

    fn link(self, linker: &mut Linker<State>) -> wasmtime::Result<()> {
        match self {
            RuleCapability::KeyValue => key_value::link(linker),
            RuleCapability::Processes => processes::link(linker),
        }
    }
}

impl RuleGrants {
    /// What is requested, in the usual amounts; what is no capability is left out.
    pub fn as_requested<'r>(requested: impl IntoIterator<Item = &'r str>) -> Self {
        let mut grants = RuleGrants::default();
        for capability in requested.into_iter().filter_map(RuleCapability::named) {
            match capability {
                RuleCapability::KeyValue => grants.key_value = Some(KeyValueGrant::default()),
                RuleCapability::Processes => grants.processes = true,
            }
        }
        grants
    }

    /// Holds what a component imports and its manifest requests against what is granted; returns
    /// what of it the component gets.
    ///
    /// # Errors
    /// The first name that is refused.
    pub(crate) fn check<'a>(
        &self,
        imports: impl IntoIterator<Item = &'a str>,
        requested: &[String],
    ) -> Result<RuleGrants, (String, Refusal)> {
        let mut imported = Vec::new();
        for import in imports {
            let refused = |refusal| (import.to_owned(), refusal);
            let capability = interface(import).ok_or_else(|| refused(Refusal::UnknownToRules))?;
            match requested.iter().any(|name| name == capability.name()) {
                false => return Err(refused(Refusal::NotInManifest)),
                true if !self.has(capability) => return Err(refused(Refusal::NotGranted)),
                true => imported.push(capability),
            }
        }
        for name in requested {
            match RuleCapability::named(name) {
                None => return Err((name.clone(), Refusal::UnknownToRules)),
                Some(capability) if !imported.contains(&capability) => {
                    return Err((name.clone(), Refusal::NotImported));
                }
                Some(_) => {}
            }
        }
        Ok(self.only(&imported))
    }

    /// Whether it is the interface of a capability.
    pub(crate) fn knows(import: &str) -> bool {
        interface(import).is_some()
    }

    /// The first grant that none of the components of a pack requests.
    pub(crate) fn idle(&self, requested: &[&str]) -> Option<&'static str> {
        let granted = RuleCapability::ALL.into_iter().filter(|capability| self.has(*capability));
        granted.map(RuleCapability::name).find(|name| !requested.contains(name))
    }

    /// Links what is granted; nothing else.
    pub(crate) fn link(&self, linker: &mut Linker<State>) -> wasmtime::Result<()> {
        let mut granted = RuleCapability::ALL.into_iter().filter(|one| self.has(*one));
        granted.try_for_each(|capability| capability.link(linker))
    }

    /// A new namespace, if one is granted, and the table of processes, if that is.
    pub(crate) fn open(&self, processes: &Processes) -> Held {
        Held {
            namespace: self.key_value.map(Namespace::new),
            processes: self.processes.then(|| processes.clone()),
        }
    }

    fn only(self, capabilities: &[RuleCapability]) -> RuleGrants {
        RuleGrants {
            key_value: self.key_value.filter(|_| capabilities.contains(&RuleCapability::KeyValue)),
            processes: self.processes && capabilities.contains(&RuleCapability::Processes),
        }
    }

    fn has(&self, capability: RuleCapability) -> bool {
        match capability {
            RuleCapability::KeyValue => self.key_value.is_some(),
            RuleCapability::Processes => self.processes,
        }
    }
}

/// The capability behind an import.
fn interface(import: &str) -> Option<RuleCapability> {
    let name = import.strip_prefix("daemoneye:plugin/")?;
    RuleCapability::named(name.split('@').next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY_VALUE: &str = "daemoneye:plugin/key-value@0.1.0";
    const PROCESSES: &str = "daemoneye:plugin/processes@0.1.0";
    const HTTP: &str = "daemoneye:plugin/http@0.1.0";

    fn all() -> RuleGrants {
        RuleGrants { key_value: Some(KeyValueGrant::default()), processes: true }
    }

    #[test]
    fn what_is_imported_requested_and_granted_is_all_that_passes() {
        let none = RuleGrants::default();
        let only = RuleGrants { processes: true, ..none };
        let refused = |name: &str, refusal| Err((name.to_owned(), refusal));
        let table: [(RuleGrants, &[&str], &[&str], _); 8] = [
            (none, &[], &[], Ok(none)),
            (all(), &[], &[], Ok(none)),
            (all(), &[KEY_VALUE, PROCESSES], &["processes", "key-value"], Ok(all())),
            (all(), &[PROCESSES], &["processes"], Ok(only)),
            (all(), &[KEY_VALUE], &["processes"], refused(KEY_VALUE, Refusal::NotInManifest)),
            (only, &[KEY_VALUE], &["key-value"], refused(KEY_VALUE, Refusal::NotGranted)),
            (all(), &[], &["key-value"], refused("key-value", Refusal::NotImported)),
            (all(), &[HTTP], &["http"], refused(HTTP, Refusal::UnknownToRules)),
        ];
        for (grants, imports, requested, expected) in table {
            let requested: Vec<String> = requested.iter().map(|name| (*name).to_owned()).collect();
            let found = grants.check(imports.iter().copied(), &requested);
            assert_eq!(found, expected, "{imports:?} {requested:?}");
        }
    }

    #[test]
    fn a_grant_that_nobody_asks_for_is_found() {
        assert_eq!(all().idle(&["key-value", "processes"]), None);
        assert_eq!(all().idle(&["processes"]), Some("key-value"));
        assert_eq!(RuleGrants::as_requested(["processes", "http"]).idle(&["processes"]), None);
    }
}
