//! One open batch.

use daemoneye_sdk::rules::{Candidate, Finding, Verdict};

use crate::load::Engine;
use crate::rule::Judge;
use crate::view::View;

/// One open batch.
#[derive(Debug)]
pub struct Scan<'a> {
    engine: &'a Engine,
    view: View,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(engine: &'a Engine, view: View) -> Self {
        Scan { engine, view }
    }

    /// The rules that the index cannot rule out, each once, with their rows.
    pub fn candidates(&self) -> Vec<Candidate> {
        self.engine.index.candidates(&self.view)
    }

    /// Judges one rule on these rows, ascending; each row may cost so many steps.
    ///
    /// # Panics
    /// If there is no such rule or no such row.
    pub fn evaluate(&self, rule: u32, rows: &[u32], steps: u64) -> Verdict {
        let judge = Judge::new(&self.engine.rules[rule as usize], &self.view);
        let name = |column: usize| &*self.engine.declaration().columns[column];
        let mut verdict = Verdict { findings: Vec::new(), over_budget: Vec::new() };
        for row in rows {
            let place = *row as usize;
            assert!(place < self.view.rows(), "row {row} of a batch of {}", self.view.rows());
            match judge.matches(place, steps) {
                Ok(true) => {
                    let evidence = judge.evidence(place, name);
                    verdict.findings.push(Finding { row: *row, evidence });
                }
                Ok(false) => {}
                Err(_) => verdict.over_budget.push(*row),
            }
        }
        verdict
    }
}
