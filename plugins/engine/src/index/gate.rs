//! Cheap tests that a row must pass for a rule to be true there, judged once per batch for all rules
//! that share them: the conditions of views, and those of rules that need no literal.

use super::rows::RowSets;
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

    /// Takes from each rule's rows those that fail one of its gates.
    pub(super) fn close(&self, view: &View, found: &mut RowSets) {
        let mut passed = RowSets::new(self.tests.len(), view.rows());
        let mut judged = vec![false; self.tests.len()];
        for (rule, gates) in self.rules.iter().enumerate() {
            if found.is_empty(rule) {
                continue;
            }
            for gate in gates {
                if !std::mem::replace(&mut judged[*gate], true) {
                    self.judge(*gate, view, &mut passed);
                }
                found.keep(rule, passed.words(*gate));
            }
        }
    }

    fn judge(&self, gate: usize, view: &View, passed: &mut RowSets) {
        let mut steps = Steps::new(u64::MAX);
        for row in 0..view.rows() {
            // A row that could not be judged is not ruled out.
            if self.tests[gate].truth(view, row, &mut steps).unwrap_or(Some(true)) == Some(true) {
                passed.insert(gate, row);
            }
        }
    }
}
