//! A component of the world of rules, compiled and checked.

use wasmtime::component::InstancePre;

use super::super::api;
use super::super::bindings::exported::{constant, current, memory, rules};
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
    pub(super) exports: Exports,
    /// What is linked.
    pub(super) granted: RuleGrants,
    pub(super) template: InstancePre<State>,
    pub(super) fingerprint: blake3::Hash,
}

/// Where a component has the interfaces of `wit/` that it exports.
#[derive(Clone)]
pub(super) struct Exports {
    pub(super) rules: rules::GuestIndices,
    pub(super) current: Option<current::GuestIndices>,
    pub(super) memory: Option<memory::GuestIndices>,
    pub(super) constant: Option<constant::GuestIndices>,
}

impl Exports {
    /// # Errors
    /// If it exports no rules.
    fn of(component: &InstancePre<State>) -> wasmtime::Result<Self> {
        Ok(Exports {
            rules: rules::GuestIndices::new(component)?,
            current: current::GuestIndices::new(component).ok(),
            memory: memory::GuestIndices::new(component).ok(),
            constant: constant::GuestIndices::new(component).ok(),
        })
    }
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
        let typed = |template| Ok((Exports::of(&template)?, template));
        let (exports, template) = instance::template(plugin, world, &component, &linker, typed)?;
        let (plugin, sandbox) = (plugin.to_owned(), sandbox.clone());
        let fingerprint = blake3::hash(bytes);
        Ok(RuleTemplate { plugin, sandbox, exports, granted, template, fingerprint })
    }

    /// The same, asked by scans as if it knew nothing of `wit/current.wit`, like components that were
    /// built before that.
    #[must_use]
    pub fn by_scans(self) -> Self {
        RuleTemplate { exports: Exports { current: None, ..self.exports }, ..self }
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
