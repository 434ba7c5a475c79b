//! The components of a pack: compiled, asked which rules they have, and bounded.

use std::sync::Arc;

use daemoneye_pack_format::{Budget, Component as RuleBody, Pack, PackPath, Plugin, Rule};

use super::Described;
use crate::capability::{Refusal, RuleGrants};
use crate::plugin::{Granting, Limits, LoadError, OverCap, RuleTemplate, Sandbox};

/// A component of a pack with those of its rules that see events.
#[derive(Clone)]
pub struct Component {
    /// `PACK/plugins/NAME.wasm`.
    pub name: String,
    /// The hash of its bytes.
    pub fingerprint: blake3::Hash,
    /// The component, compiled and checked.
    pub template: RuleTemplate,
    /// What an instance may have.
    pub limits: Limits,
    /// Ascending by id.
    pub rules: Vec<ComponentRule>,
}

/// One rule of a component.
#[derive(Debug, Clone)]
pub struct ComponentRule {
    /// What alerts say about it.
    pub described: Arc<Described>,
    /// The plan that finds the rows which the component is to see; nothing if it sees all.
    pub prefilter: Option<Vec<u8>>,
    /// Fuel for judging one event.
    pub row_fuel: u64,
}

/// Why a component of a pack is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComponentError {
    /// It does not become a plugin.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It asks for more than the operator allows.
    #[error("plugin {plugin}: {cause}")]
    OverCap {
        /// The component.
        plugin: String,
        /// What it asks for.
        cause: OverCap,
    },
    /// The operator grants what the pack does not request.
    #[error("{name:?} {refusal}")]
    Grant {
        /// The capability.
        name: &'static str,
        /// Why it is refused.
        refusal: Refusal,
    },
    /// It has other rules than the files that name it.
    #[error(
        "plugin {plugin}: has the rules {has}, and the rule files that name it are {named}: they \
         must be the same",
        has = list(.has), named = list(.named)
    )]
    Rules {
        /// The component.
        plugin: String,
        /// The ids that it declares, ascending.
        has: Vec<String>,
        /// The ids of the files that name it, ascending.
        named: Vec<String>,
    },
}

fn list(ids: &[String]) -> String {
    if ids.is_empty() { "(none)".to_owned() } else { ids.join(", ") }
}

/// Every component of the pack, without rules yet.
pub(super) fn load(
    pack: &Pack,
    sandbox: &Sandbox,
) -> Result<Vec<(PackPath, Component)>, ComponentError> {
    let grants = grants(pack, &sandbox.allowed().rules)?;
    let one = |(path, bytes): (&PackPath, &Arc<[u8]>)| {
        component(pack, path, bytes, grants, sandbox).map(|component| (path.clone(), component))
    };
    pack.components.iter().map(one).collect()
}

/// What the pack is granted; a grant that nothing in it requests is a mistake.
fn grants(pack: &Pack, granting: &Granting) -> Result<RuleGrants, ComponentError> {
    let requested: Vec<&str> =
        pack.plugins.iter().flat_map(|plugin| &plugin.capabilities).map(String::as_str).collect();
    let grants = match granting {
        Granting::Listed(packs) => packs.get(pack.id.as_str()).copied().unwrap_or_default(),
        Granting::AsRequested => RuleGrants::as_requested(requested.iter().copied()),
    };
    match grants.idle(&requested) {
        Some(name) => Err(ComponentError::Grant { name, refusal: Refusal::Idle }),
        None => Ok(grants),
    }
}

fn component(
    pack: &Pack,
    path: &PackPath,
    bytes: &[u8],
    grants: RuleGrants,
    sandbox: &Sandbox,
) -> Result<Component, ComponentError> {
    let name = format!("{}/{path}", pack.id);
    let named: Vec<String> =
        of_component(pack, path).map(|(rule, _)| rule.id.to_string()).collect();
    let asked = requested(pack, path);
    let template =
        RuleTemplate::compile_granted(sandbox, &name, bytes, grants, &asked.capabilities)?;
    let limits = sandbox.allowed().caps.component(budget(pack, path));
    let limits = limits.map_err(|cause| ComponentError::OverCap { plugin: name.clone(), cause })?;
    let mut has: Vec<String> =
        template.load(Vec::new(), limits)?.rules().iter().map(|rule| rule.id.clone()).collect();
    has.sort_unstable();
    if has != named {
        return Err(ComponentError::Rules { plugin: name, has, named });
    }
    let fingerprint = blake3::hash(bytes);
    Ok(Component { name, fingerprint, template, limits, rules: Vec::new() })
}

/// The rules whose code the component is.
fn of_component<'p>(pack: &'p Pack, path: &PackPath) -> impl Iterator<Item = (&'p Rule, Budget)> {
    pack.rules.iter().filter_map(move |rule| {
        let body = rule.body.component().filter(|component| component.file == *path)?;
        Some((rule, body.budget))
    })
}

/// What the manifest requests for the component.
fn requested<'p>(pack: &'p Pack, path: &PackPath) -> &'p Plugin {
    let found = pack.plugins.iter().find(|plugin| plugin.path == *path);
    found.expect("a pack lists every component that its rules name")
}

/// What an instance needs: the fuel of the rule that asks for most, and the memory that is the most
/// of what the component and its rules ask for.
fn budget(pack: &Pack, path: &PackPath) -> Budget {
    let asked = requested(pack, path);
    let of_rules = || of_component(pack, path).map(|(_, budget)| budget);
    Budget {
        fuel_per_event: of_rules().filter_map(|b| b.fuel_per_event).chain(asked.fuel).max(),
        memory: of_rules().filter_map(|budget| budget.memory).chain(asked.memory).max(),
    }
}

/// Fuel for one event: what the rule asks for, else what its component does, else what is usual.
pub(super) fn row_fuel(pack: &Pack, rule: &RuleBody, sandbox: &Sandbox) -> u64 {
    let of_plugin = || requested(pack, &rule.file).fuel;
    let fuel_per_event = rule.budget.fuel_per_event.or_else(of_plugin);
    let asked = Budget { fuel_per_event, ..rule.budget };
    let fuel = sandbox.allowed().caps.row_fuel(asked);
    fuel.expect("the component was refused if one of its rules asks for too much")
}
