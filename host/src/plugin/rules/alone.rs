//! Some rules of a plugin in an instance of their own, which knows nothing of what came before.

use super::super::fault::LoadError;
use super::super::limits::Limits;
use super::{RulePlugin, RuleTemplate};

impl RulePlugin {
    /// A new instance of the same component with no plans but this rule's. Every rule keeps its
    /// budget.
    ///
    /// # Errors
    /// If the new instance faults, or is not ready within the limits.
    pub fn alone(&self, rule: &str, limits: Limits) -> Result<RulePlugin, LoadError> {
        let plans = self.plans.iter().filter(|plan| plan.rule == rule).cloned().collect();
        let mut alone = self.template.load(plans, limits)?;
        for rule in &mut alone.rules {
            let own = self.rules.iter().find(|own| own.id == rule.id);
            rule.row_fuel = own.map_or(rule.row_fuel, |own| own.row_fuel);
        }
        Ok(alone)
    }

    /// The component that it is an instance of.
    pub fn template(&self) -> &RuleTemplate {
        &self.template
    }

    /// What an instance may have.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The plan of a rule, if it has one.
    pub fn plan(&self, rule: &str) -> Option<&[u8]> {
        let plan = self.plans.iter().find(|plan| plan.rule == rule);
        plan.map(|plan| plan.bytes.as_slice())
    }

    /// Fuel for evaluating a rule on one row.
    ///
    /// # Panics
    /// If there is no rule of this number.
    pub fn row_fuel(&self, rule: usize) -> u64 {
        self.rules[rule].row_fuel
    }
}
