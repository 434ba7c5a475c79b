//! Whether all rules of a plugin go by an event alone, in its own words.

use super::super::fault::LoadError;
use super::super::instance::{self, Budget};
use super::alive::Alive;
use super::repeats::Repeats;
use super::{RulePlugin, answer};
use crate::capability::RuleGrants;

impl RulePlugin {
    /// What is kept of events, if they alone decide. A plugin that is granted anything may ask for
    /// what changes, and is shown every event.
    ///
    /// Invariant: a plugin's word is about its own rules, and what is kept by it decides for them
    /// alone.
    pub(super) fn repeats_of(&self, alive: &mut Alive) -> Result<Option<Box<Repeats>>, LoadError> {
        let plugin = &self.template.plugin;
        let Some((store, guest)) = alive.constant() else { return Ok(None) };
        let budget = Budget { fuel: self.limits.load_fuel, time: self.limits.load_time };
        let told = instance::timed(store, budget, async |store| guest.call_rules(store).await);
        let named = |fault| LoadError::Fault { plugin: plugin.clone(), fault };
        let (constant, _) = told.map_err(named)?;
        answer::constant(plugin, &constant, self.rules.len())?;
        let keeps = self.template.granted == RuleGrants::default() && !constant.contains(&false);
        Ok(keeps.then(|| Box::new(Repeats::by(self.fields.clone()))))
    }
}
