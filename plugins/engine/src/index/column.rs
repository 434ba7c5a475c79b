//! All literals of one column, looked for in one pass over each different value.

use aho_corasick::BuildError;
use rustc_hash::FxHashMap;

use super::anchored::Anchored;
use super::grams::{self, Grams};
use super::literal::{Anchor, Literal};
use super::rows::RowSets;
use super::short::Short;
use crate::view::Distinct;

/// The literals of a column and the rules that need them.
#[derive(Debug)]
pub(super) struct ColumnIndex {
    /// By needle: the rules that need it.
    rules: Vec<Vec<u32>>,
    anchored: Anchored,
    grams: Grams,
    short: Short,
}

impl ColumnIndex {
    /// From literals and the numbers of their rules.
    pub(super) fn new(literals: Vec<(Literal, u32)>) -> Result<Self, BuildError> {
        let mut numbers: FxHashMap<Literal, usize> = FxHashMap::default();
        let (mut needles, mut rules) = (Vec::new(), Vec::<Vec<u32>>::new());
        for (literal, rule) in literals {
            let number = *numbers.entry(literal).or_insert_with_key(|literal| {
                needles.push(literal.clone());
                rules.push(Vec::new());
                rules.len() - 1
            });
            rules[number].push(rule);
        }
        let numbered = || (0_u32..).zip(&needles);
        let contains = || numbered().filter(|(_, needle)| needle.anchor == Anchor::Contains);
        let long = |needle: &Literal| needle.text.len() >= grams::BYTES;
        Ok(ColumnIndex {
            anchored: Anchored::new(numbered().filter(|(_, n)| n.anchor != Anchor::Contains)),
            grams: Grams::new(contains().filter(|(_, needle)| long(needle))),
            short: Short::new(contains().filter(|(_, needle)| !long(needle)))?,
            rules,
        })
    }

    /// Adds to `found` the rows that have a literal, for each rule.
    pub(super) fn scan(&self, values: &Distinct, found: &mut RowSets) {
        let mut seen = Seen { last: vec![0; self.rules.len()], needles: Vec::new(), value: 0 };
        for (number, value) in values.values().enumerate() {
            seen.value += 1;
            self.anchored.search(value, &mut seen);
            self.grams.search(value, &mut seen);
            self.short.search(value, &mut seen);
            if seen.needles.is_empty() {
                continue;
            }
            let rows = found.set_of(values.rows(number));
            for needle in seen.needles.drain(..) {
                self.rules[needle as usize].iter().for_each(|rule| found.add(*rule, &rows));
            }
        }
    }
}

/// The needles that one value has, each once, however often it occurs.
#[derive(Debug)]
pub(super) struct Seen {
    /// By needle: the value that had it last.
    last: Vec<u32>,
    needles: Vec<u32>,
    /// Of this value, from 1.
    value: u32,
}

impl Seen {
    pub(super) fn has(&self, needle: u32) -> bool {
        self.last[needle as usize] == self.value
    }

    pub(super) fn note(&mut self, needle: u32) {
        if !self.has(needle) {
            self.last[needle as usize] = self.value;
            self.needles.push(needle);
        }
    }
}
