//! What a row must pass for a rule to be true there, judged once for many: cheap tests that many rules
//! share, and parts of rules that look at one column only, which are true of a value wherever it is.

use super::rows;
use crate::rule::{Kind, LooksAt, Rule, Scope, Test};
use crate::steps::Shared;
use crate::view::View;

/// Steps to judge one part on one value.
const PART_STEPS: u64 = 10_000;

/// The gates of all rules.
#[derive(Debug, Default)]
pub(super) struct Gates {
    /// Each different test once.
    tests: Vec<Test>,
    parts: Vec<Part>,
    /// By rule.
    rules: Vec<Vec<Gate>>,
}

/// A node of a rule below which only one column is looked at.
#[derive(Debug)]
struct Part {
    rule: usize,
    place: usize,
    column: usize,
}

/// A place in one of the lists.
#[derive(Debug, Clone, Copy)]
enum Gate {
    Test(usize),
    Part(usize),
}

impl Gates {
    /// Adds the next rule. Of a rule that needs no literal, the author's own tests and parts are
    /// gates, too.
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
                    gates.push(Gate::Test(self.place(test)));
                }
                _ => {
                    if let LooksAt::Column(column) = node.looks_at()
                        && needs_no_literal
                    {
                        gates.push(Gate::Part(self.parts.len()));
                        self.parts.push(Part { rule: self.rules.len(), place, column });
                    }
                }
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

    /// The gates for these rows of one batch, none of them judged yet.
    pub(super) fn over<'a>(
        &'a self,
        rules: &'a [Rule],
        view: &'a View,
        asked: &'a [u64],
    ) -> OpenGates<'a> {
        let count = self.tests.len() + self.parts.len();
        let (judged, passed) = (vec![false; count], vec![0; count * asked.len()]);
        OpenGates { gates: self, rules, view, asked, judged, passed }
    }
}

/// Gates over a batch: each is judged when the first rule needs it. The tests come first, then the
/// parts.
pub(super) struct OpenGates<'a> {
    gates: &'a Gates,
    rules: &'a [Rule],
    view: &'a View,
    asked: &'a [u64],
    judged: Vec<bool>,
    /// The rows that passed, set by set.
    passed: Vec<u64>,
}

impl OpenGates<'_> {
    /// Takes from a rule's rows those that fail one of its gates.
    pub(super) fn close(&mut self, rule: u32, rows: &mut [u64], shared: &mut Shared) {
        for gate in &self.gates.rules[rule as usize] {
            let place = match *gate {
                Gate::Test(place) => place,
                Gate::Part(place) => self.gates.tests.len() + place,
            };
            let passed = &mut self.passed[place * rows.len()..][..rows.len()];
            if !std::mem::replace(&mut self.judged[place], true) {
                let (view, asked) = (self.view, self.asked);
                match *gate {
                    Gate::Test(place) => {
                        of_test(&self.gates.tests[place], view, asked, passed, shared);
                    }
                    Gate::Part(place) => {
                        let part = &self.gates.parts[place];
                        of_part(part, self.rules, view, asked, passed, shared);
                    }
                }
            }
            rows.iter_mut().zip(passed).for_each(|(word, other)| *word &= *other);
        }
    }
}

/// A row that could not be judged is not ruled out, here and below.
fn of_test(test: &Test, view: &View, asked: &[u64], passed: &mut [u64], shared: &mut Shared) {
    let passes = |row: &usize| {
        let truth = shared.spend(PART_STEPS, |steps| test.truth(view, *row, steps));
        truth.unwrap_or(Some(true)) == Some(true)
    };
    rows::insert(passed, rows::rows(asked).filter(passes));
}

/// One row for each different value, and one for those without a value.
fn of_part(
    part: &Part,
    rules: &[Rule],
    view: &View,
    asked: &[u64],
    passed: &mut [u64],
    shared: &mut Shared,
) {
    let rule = &rules[part.rule];
    let mut passes = |row: usize| {
        let scope = Scope::new(rule.nodes(), &[], view, row);
        let truth = shared.spend(PART_STEPS, |steps| scope.truth(part.place, steps));
        truth.unwrap_or(Some(true)) == Some(true)
    };
    let Some(texts) = view.texts(part.column) else {
        return rows::insert(passed, rows::rows(asked).filter(|row| passes(*row)));
    };
    let is_asked = |row: &usize| rows::has(asked, *row);
    for number in texts.numbers() {
        if texts.rows(number).find(is_asked).is_some_and(&mut passes) {
            rows::insert(passed, texts.rows(number));
        }
    }
    if texts.absent().find(is_asked).is_some_and(passes) {
        rows::insert(passed, texts.absent());
    }
}
