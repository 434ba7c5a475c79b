//! The rule in the agent's own host: fuel, deadline, limits, an account of every event.

use daemoneye_bus::event::Batch;
use daemoneye_host::plugin::{Limits, LoadError, RulePlugin, RuleTemplate, Sandbox};

use super::Hosting;

/// As the agent runs a component of a pack.
pub struct Hosted {
    plugin: RulePlugin,
    batch: Option<Batch>,
}

impl Hosted {
    /// Compiles and loads the component.
    ///
    /// # Errors
    /// If it does not load.
    pub fn load(sandbox: &Sandbox, component: &[u8]) -> Result<Self, LoadError> {
        let template = RuleTemplate::compile(sandbox, "bench", component)?;
        let plugin = template.load(Vec::new(), Limits::COMPONENT)?;
        Ok(Hosted { plugin, batch: None })
    }
}

impl Hosting for Hosted {
    fn name(&self) -> &'static str {
        "ours"
    }

    fn take(&mut self, batch: &Batch) {
        self.batch = Some(batch.clone());
    }

    fn judge(&mut self) -> usize {
        let judgement = self.plugin.judge(self.batch.as_ref().expect("a batch was taken"));
        assert!(judgement.faults.is_empty(), "{:?}", judgement.faults);
        judgement.findings.len()
    }
}
