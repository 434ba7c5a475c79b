//! The components of a pack: compiled, asked which rules they have, and bounded.

use std::sync::Arc;

use daemoneye_pack_format::{Budget, Pack, PackPath};

use super::Described;
use crate::plugin::{Limits, LoadError, RuleTemplate, Sandbox};

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
    let one = |(path, bytes): (&PackPath, &Arc<[u8]>)| {
        component(pack, path, bytes, sandbox).map(|component| (path.clone(), component))
    };
    pack.components.iter().map(one).collect()
}

fn component(
    pack: &Pack,
    path: &PackPath,
    bytes: &[u8],
    sandbox: &Sandbox,
) -> Result<Component, ComponentError> {
    let name = format!("{}/{path}", pack.id);
    let of_this = pack.rules.iter().filter_map(|rule| {
        rule.body.component().filter(|component| component.file == *path).map(|c| (rule, c))
    });
    let (named, budgets): (Vec<String>, Vec<Budget>) =
        of_this.map(|(rule, component)| (rule.id.to_string(), component.budget)).unzip();
    let template = RuleTemplate::compile(sandbox, &name, bytes)?;
    let limits = limits(&budgets);
    let mut has: Vec<String> =
        template.load(Vec::new(), limits)?.rules().iter().map(|rule| rule.id.clone()).collect();
    has.sort_unstable();
    if has != named {
        return Err(ComponentError::Rules { plugin: name, has, named });
    }
    let fingerprint = blake3::hash(bytes);
    Ok(Component { name, fingerprint, template, limits, rules: Vec::new() })
}

/// What an instance may have: as much as the rule that asks for most, and no more than any plugin.
fn limits(budgets: &[Budget]) -> Limits {
    let asked = |budget: &Budget| budget.memory.and_then(|bytes| usize::try_from(bytes).ok());
    let asked = budgets.iter().filter_map(asked).max().unwrap_or(usize::MAX);
    let allowed = Limits::COMPONENT;
    Limits { memory_bytes: asked.min(allowed.memory_bytes), ..allowed }
}

/// Fuel for one event: as much as the author asks for, and no more than any rule gets.
pub(super) fn row_fuel(budget: Budget) -> u64 {
    let allowed = Limits::COMPONENT.row_fuel;
    budget.fuel_per_event.map_or(allowed, |asked| asked.min(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(fuel_per_event: u64, memory: u64) -> Budget {
        Budget { fuel_per_event: Some(fuel_per_event), memory: Some(memory) }
    }

    #[test]
    fn a_pack_gets_what_it_asks_for_up_to_what_any_plugin_gets() {
        let most = Limits::COMPONENT;
        let memory = |budgets: &[Budget]| limits(budgets).memory_bytes;
        assert_eq!(memory(&[budget(1, 1 << 20), budget(1, 2 << 20)]), 2 << 20);
        assert_eq!(memory(&[budget(1, u64::MAX)]), most.memory_bytes);
        assert_eq!(memory(&[Budget::default()]), most.memory_bytes);
        assert_eq!(row_fuel(budget(7, 1)), 7);
        assert_eq!(row_fuel(budget(u64::MAX, 1)), most.row_fuel);
        assert_eq!(row_fuel(Budget::default()), most.row_fuel);
    }
}
