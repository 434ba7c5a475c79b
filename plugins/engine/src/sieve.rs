//! What the index leaves is decided at once where that is cheap, so that a rule is asked by itself
//! only about rows that it matches, or that it needs its own budget for.

use crate::processes::Processes;
use crate::rule::{Rule, Scope};
use crate::steps::Shared;
use crate::view::View;

/// Steps for one rule on one row.
const ROW_STEPS: u64 = 1_000;

/// Rules over one open batch.
#[derive(Debug)]
pub(crate) struct Sieve<'a> {
    view: &'a View,
    processes: Option<&'a Processes>,
}

impl<'a> Sieve<'a> {
    pub(crate) fn new(view: &'a View, processes: Option<&'a Processes>) -> Self {
        Sieve { view, processes }
    }

    /// Whether the rule matches the row, or it is not cheap to say that it does not.
    pub(crate) fn may_match(&self, rule: &Rule, row: usize, shared: &mut Shared) -> bool {
        let scope = Scope::new(rule.nodes(), &[], self.view, row).among(self.processes);
        let truth = shared.spend(ROW_STEPS, |steps| scope.truth(rule.root(), steps));
        truth.is_err() || truth == Ok(Some(true))
    }
}
