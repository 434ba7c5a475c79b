//! What a row must pass for a rule to be true there, judged once for many: cheap tests that many rules
//! share, and parts of rules that look at one column only, which are true of a value wherever it is.

use super::rows;
use crate::rule::{Kind, Operand, Rule, Scope, Test};
use crate::steps::Steps;
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
                _ if needs_no_literal => {
                    let column = only_column(rule, place);
                    let part = |column| Part { rule: self.rules.len(), place, column };
                    if let Some(part) = column.map(part) {
                        gates.push(Gate::Part(self.parts.len()));
                        self.parts.push(part);
                    }
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
    pub(super) fn over<'a>(&'a self, rules: &'a [Rule], view: &'a View) -> OpenGates<'a> {
        let (tests, parts) = (vec![None; self.tests.len()], vec![None; self.parts.len()]);
        OpenGates { gates: self, rules, view, tests, parts }
    }
}

/// The column below this place, if there is exactly one and nothing but columns and literals.
fn only_column(rule: &Rule, place: usize) -> Option<usize> {
    let (mut only, mut places) = (None, vec![place]);
    while let Some(place) = places.pop() {
        let kind = &rule.node(place).kind;
        places.extend(kind.children());
        let Kind::Leaf(test) = kind else { continue };
        for operand in test.operands() {
            let column = match operand {
                Operand::Constant(_) => continue,
                Operand::Column(column) => *column,
                _ => return None,
            };
            if only.replace(column).is_some_and(|other| other != column) {
                return None;
            }
        }
    }
    only
}

/// Gates over a batch: each is judged when the first rule needs it.
pub(super) struct OpenGates<'a> {
    gates: &'a Gates,
    rules: &'a [Rule],
    view: &'a View,
    /// The rows that passed.
    tests: Vec<Option<Vec<u64>>>,
    parts: Vec<Option<Vec<u64>>>,
}

impl OpenGates<'_> {
    /// Takes from a rule's rows those that fail one of its gates.
    pub(super) fn close(&mut self, rule: u32, rows: &mut [u64]) {
        for gate in &self.gates.rules[rule as usize] {
            let (gates, view) = (self.gates, self.view);
            let passed = match *gate {
                Gate::Test(place) => {
                    self.tests[place].get_or_insert_with(|| of_test(&gates.tests[place], view))
                }
                Gate::Part(place) => self.parts[place]
                    .get_or_insert_with(|| of_part(&gates.parts[place], self.rules, view)),
            };
            rows.iter_mut().zip(passed).for_each(|(word, other)| *word &= *other);
        }
    }
}

/// A row that could not be judged is not ruled out, here and below.
fn of_test(test: &Test, view: &View) -> Vec<u64> {
    let mut steps = Steps::even(u64::MAX);
    let passes =
        |row: &usize| test.truth(view, *row, &mut steps).unwrap_or(Some(true)) == Some(true);
    rows::set(view.rows(), (0..view.rows()).filter(passes))
}

/// One row for each different value, and one for those without a value.
fn of_part(part: &Part, rules: &[Rule], view: &View) -> Vec<u64> {
    let rule = &rules[part.rule];
    let passes = |row: usize| {
        let truth = Scope::new(rule.nodes(), &[], view, row)
            .truth(part.place, &mut Steps::even(PART_STEPS));
        truth.unwrap_or(Some(true)) == Some(true)
    };
    let Some(texts) = view.texts(part.column) else {
        return rows::set(view.rows(), (0..view.rows()).filter(|row| passes(*row)));
    };
    let mut passed = vec![0; view.rows().div_ceil(64)];
    for number in 0..texts.values().len() {
        if texts.rows(number).next().is_some_and(passes) {
            rows::insert(&mut passed, texts.rows(number));
        }
    }
    if texts.absent().next().is_some_and(passes) {
        rows::insert(&mut passed, texts.absent());
    }
    passed
}
