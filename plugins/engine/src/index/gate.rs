//! Cheap tests that a row must pass for a rule to be true there, judged once per batch for all rules
//! that share them: the conditions of views, and those of rules that need no literal.

use crate::rule::{Kind, Rule, Test};
use crate::steps::Steps;
use crate::view::View;

/// Each different test once, and the tests of each rule.
#[derive(Debug, Default)]
pub(super) struct Gates {
    tests: Vec<Test>,
    /// By rule, places in `tests`.
    rules: Vec<Vec<usize>>,
}

impl Gates {
    /// Adds the next rule. Of a rule that needs no literal, the author's own tests are gates, too.
    pub(super) fn add(&mut self, rule: &Rule, needs_no_literal: bool) {
        let mut gates = Vec::new();
        let mut places = vec![rule.root()];
        while let Some(place) = places.pop() {
            let node = rule.node(place);
            match &node.kind {
                Kind::And(_) | Kind::IfNull { truth: false, .. } => {
                    places.extend(node.kind.children());
                }
                Kind::Leaf(test) if test.is_cheap() && (needs_no_literal || !node.is_written()) => {
                    gates.push(self.place(test));
                }
                _ => {}
            }
        }
        self.rules.push(gates);
    }

    fn place(&mut self, test: &Test) -> usize {
        let known = self.tests.iter().position(|other| other.is_same(test));
        known.unwrap_or_else(|| {
            self.tests.push(test.clone());
            self.tests.len() - 1
        })
    }

    /// The gates for one batch, none of them judged yet.
    pub(super) fn over<'a>(&'a self, view: &'a View) -> OpenGates<'a> {
        OpenGates { gates: self, view, passed: vec![None; self.tests.len()] }
    }
}

/// Gates over a batch: each is judged when the first rule needs it.
pub(super) struct OpenGates<'a> {
    gates: &'a Gates,
    view: &'a View,
    /// By test: the rows that passed.
    passed: Vec<Option<Vec<u64>>>,
}

impl OpenGates<'_> {
    /// Takes from a rule's rows those that fail one of its gates.
    pub(super) fn close(&mut self, rule: u32, rows: &mut [u64]) {
        for gate in &self.gates.rules[rule as usize] {
            let (test, view) = (&self.gates.tests[*gate], self.view);
            let passed = self.passed[*gate].get_or_insert_with(|| passed(test, view));
            rows.iter_mut().zip(passed).for_each(|(word, other)| *word &= *other);
        }
    }
}

fn passed(test: &Test, view: &View) -> Vec<u64> {
    let mut steps = Steps::new(u64::MAX);
    let mut set = vec![0; view.rows().div_ceil(64)];
    for row in 0..view.rows() {
        // A row that could not be judged is not ruled out.
        if test.truth(view, row, &mut steps).unwrap_or(Some(true)) == Some(true) {
            set[row / 64] |= 1 << (row % 64);
        }
    }
    set
}
