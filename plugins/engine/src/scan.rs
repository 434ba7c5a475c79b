//! One open batch.

use daemoneye_sdk::rules::{Candidate, Finding, Verdict};

use crate::load::{Engine, State};
use crate::rule::Judge;
use crate::sieve::Sieve;
use crate::view::View;

/// One open batch.
#[derive(Debug)]
pub struct Scan<'a> {
    engine: &'a Engine,
    pub(crate) view: View,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(engine: &'a Engine, view: View) -> Self {
        Scan { engine, view }
    }

    /// The rules that the index cannot rule out, each once, with their rows.
    pub fn candidates(&self) -> Vec<Candidate> {
        let mut state = self.engine.state();
        let State { processes, sets, .. } = &mut *state;
        let sieve = Sieve::new(&self.view, processes.as_ref());
        self.engine.index.candidates(&self.engine.rules, &self.view, &sieve, sets)
    }

    /// Judges one rule on these rows, ascending; each row may cost so many steps. A rule that asks
    /// something of several rows remembers them: it must see every batch once, in order.
    ///
    /// # Panics
    /// If there is no such rule or no such row.
    pub fn evaluate(&self, rule: u32, rows: &[u32], steps: u64) -> Verdict {
        let mut state = self.engine.state();
        let State { processes, groups, .. } = &mut *state;
        let number = rule as usize;
        let judge = Judge::new(&self.engine.rules[number], &self.view, processes.as_ref());
        let name = |column: usize| &*self.engine.declaration().columns[column];
        let mut verdict = Verdict { findings: Vec::new(), over_budget: Vec::new() };
        for row in rows {
            let place = *row as usize;
            assert!(place < self.view.rows(), "row {row} of a batch of {}", self.view.rows());
            match judge.judge(number, place, steps, groups, name) {
                Ok(Some(evidence)) => verdict.findings.push(Finding { row: *row, evidence }),
                Ok(None) => {}
                Err(_) => verdict.over_budget.push(*row),
            }
        }
        verdict
    }
}

impl Drop for Scan<'_> {
    fn drop(&mut self) {
        self.engine.state().known = self.view.close();
    }
}
