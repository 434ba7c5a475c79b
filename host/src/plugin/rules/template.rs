//! A component of the world of rules, compiled and checked.

use super::super::api;
use super::super::bindings::constant::ConstantPluginIndices;
use super::super::bindings::{memory::MemoryPluginIndices, rules as wit};
use super::super::fault::LoadError;
use super::super::instance::{self, State};
use super::super::limits::Limits;
use super::super::sandbox::Sandbox;
use super::{Plan, RulePlugin};
use crate::capability::{Processes, RuleGrants};

/// A component of the world of rules, compiled and checked; the same for every set of plans.
#[derive(Clone)]
pub struct RuleTemplate {
    pub(super) plugin: String,
    pub(super) sandbox: Sandbox,
    /// If it exports `wit/memory.wit`.
    pub(super) memory: Option<MemoryPluginIndices>,
    /// If it exports `wit/constant.wit`.
    pub(super) constant: Option<ConstantPluginIndices>,
    /// What is linked.
    pub(super) granted: RuleGrants,
    pub(super) template: wit::CapableRulePluginPre<State>,
    pub(super) fingerprint: blake3::Hash,
}

impl RuleTemplate {
    /// Compiles a component and checks its world.
    ///
    /// # Errors
    /// If it is no component, imports anything, or is of another world.
    pub fn compile(sandbox: &Sandbox, plugin: &str, bytes: &[u8]) -> Result<Self, LoadError> {
        RuleTemplate::compile_granted(sandbox, plugin, bytes, RuleGrants::default(), &[])
    }

    /// The same for a component of a pack, whose manifest requests capabilities and whose operator
    /// grants some.
    ///
    /// # Errors
    /// If it is no component, is of another world, or what it imports, requests and is granted
    /// differ.
    pub fn compile_granted(
        sandbox: &Sandbox,
        plugin: &str,
        bytes: &[u8],
        grants: RuleGrants,
        requested: &[String],
    ) -> Result<Self, LoadError> {
        let component = sandbox.compile(plugin, bytes)?;
        api::check(plugin, &component)?;
        let never = |import: &str| RuleGrants::knows(import).then_some(()).ok_or("rules never get");
        instance::check_imports(plugin, &component, never)?;
        let imports = instance::imports(&component);
        let granted = grants.check(imports.iter().map(String::as_str), requested);
        let granted = granted.map_err(|(name, refusal)| LoadError::Capability {
            plugin: plugin.to_owned(),
            name,
            refusal,
        })?;
        let mut linker = wasmtime::component::Linker::new(&sandbox.engine);
        granted.link(&mut linker).expect("each interface is linked once");
        let world = "rule-plugin";
        let typed = wit::CapableRulePluginPre::new;
        let template = instance::template(plugin, world, &component, &linker, typed)?;
        let memory = MemoryPluginIndices::new(template.instance_pre()).ok();
        let constant = ConstantPluginIndices::new(template.instance_pre()).ok();
        let (plugin, sandbox) = (plugin.to_owned(), sandbox.clone());
        let fingerprint = blake3::hash(bytes);
        Ok(RuleTemplate { plugin, sandbox, memory, constant, granted, template, fingerprint })
    }

    /// What it may do outside the sandbox.
    pub fn granted(&self) -> RuleGrants {
        self.granted
    }

    /// The hash of its bytes.
    pub fn fingerprint(&self) -> blake3::Hash {
        self.fingerprint
    }

    /// Makes the first instance and hands it the plans.
    ///
    /// # Errors
    /// If the plugin faults, refuses the plans, or declares what does not fit together.
    pub fn load(&self, plans: Vec<Plan>, limits: Limits) -> Result<RulePlugin, LoadError> {
        self.load_beside(plans, limits, &Processes::default())
    }

    /// The same beside a table of processes, which the plugin sees if it is granted.
    ///
    /// # Errors
    /// As of [`load`](RuleTemplate::load).
    pub fn load_beside(
        &self,
        plans: Vec<Plan>,
        limits: Limits,
        processes: &Processes,
    ) -> Result<RulePlugin, LoadError> {
        RulePlugin::new(self.clone(), plans, limits, processes)
    }
}
