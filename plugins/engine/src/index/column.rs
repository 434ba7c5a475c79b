//! All literals of one column, looked for in one pass over each different value.

use aho_corasick::BuildError;
use rustc_hash::FxHashMap;

use super::rows::{self, RowSets};
use crate::literals::{Literal, Literals, Seen};
use crate::view::Texts;

/// The literals of a column and the rules that need them.
#[derive(Debug)]
pub(super) struct ColumnIndex {
    /// By needle: the rules that need it.
    rules: Vec<Vec<u32>>,
    literals: Literals,
}

impl ColumnIndex {
    /// From literals and the numbers of their rules.
    pub(super) fn new(needed: Vec<(Literal, u32)>) -> Result<Self, BuildError> {
        let mut numbers: FxHashMap<Literal, usize> = FxHashMap::default();
        let (mut needles, mut rules) = (Vec::new(), Vec::<Vec<u32>>::new());
        for (literal, rule) in needed {
            let number = *numbers.entry(literal).or_insert_with_key(|literal| {
                needles.push(literal.clone());
                rules.push(Vec::new());
                rules.len() - 1
            });
            rules[number].push(rule);
        }
        Ok(ColumnIndex { rules, literals: Literals::new(&needles)? })
    }

    /// Adds to `found` those of the rows that have a literal, for each rule.
    pub(super) fn scan(&self, texts: Texts<'_>, asked: &[u64], found: &mut RowSets) {
        for number in texts.numbers() {
            let mut rows = texts.rows(number).filter(|row| rows::has(asked, *row)).peekable();
            if rows.peek().is_none() {
                continue;
            }
            let rules = texts.rules(number, |value| self.rules_in(value));
            if !rules.is_empty() {
                found.add(rules.iter(), rows);
            }
        }
    }

    /// The rules that have a literal in the value.
    fn rules_in(&self, value: &[u8]) -> Box<[u32]> {
        let mut seen = Seen::default();
        self.literals.search(value, &mut seen);
        seen.drain().flat_map(|needle| &self.rules[needle as usize]).copied().collect()
    }
}
