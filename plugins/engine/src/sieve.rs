//! What the index leaves is decided at once where that is cheap, so that a rule is asked by itself
//! only about rows that it matches, or that it needs its own budget for.

use crate::processes::Processes;
use crate::rule::{Rule, Scope};
use crate::steps::Steps;
use crate::view::View;

/// Steps for one rule on one row.
const ROW_STEPS: u64 = 1_000;
/// Steps for a whole batch: for each row, and for each byte of its texts.
const STEPS_PER_ROW: u64 = 4_000;
const STEPS_PER_BYTE: u64 = 2;

/// Rules over one open batch.
#[derive(Debug)]
pub(crate) struct Sieve<'a> {
    view: &'a View,
    processes: Option<&'a Processes>,
    /// Steps that are left for the batch; without any, every row stays.
    left: u64,
}

impl<'a> Sieve<'a> {
    pub(crate) fn new(view: &'a View, processes: Option<&'a Processes>) -> Self {
        let left = view.rows() as u64 * STEPS_PER_ROW + view.text_bytes() as u64 * STEPS_PER_BYTE;
        Sieve { view, processes, left }
    }

    /// Keeps the rows that the rule matches, and those on which it is not cheap to decide.
    pub(crate) fn keep(&mut self, rule: &Rule, rows: &mut Vec<u32>) {
        rows.retain(|row| self.may_match(rule, *row as usize));
    }

    fn may_match(&mut self, rule: &Rule, row: usize) -> bool {
        let budget = ROW_STEPS.min(self.left);
        let mut steps = Steps::even(budget);
        let scope = Scope::new(rule.nodes(), &[], self.view, row).among(self.processes);
        let truth = scope.truth(rule.root(), &mut steps);
        self.left -= budget - steps.left();
        truth.is_err() || truth == Ok(Some(true))
    }
}
