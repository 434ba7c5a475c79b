//! All literals of one column, looked for in one pass over each value.

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError};
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::literal::{Anchor, Literal};
use super::rows::RowSets;
use crate::view::TextView;

/// Up to this many bytes of literals the automaton is a table, which is fastest as long as it stays
/// near the processor.
const TABLE_BYTES: usize = 8 << 10;
/// In a value longer than this, each literal counts once, however often it occurs.
const LONG_VALUE_BYTES: usize = 4 << 10;

/// Literals and the rules that need them.
#[derive(Debug)]
pub(super) struct Automaton {
    automaton: AhoCorasick,
    needles: Vec<Needle>,
}

/// The rules that need one text, by where they need it.
#[derive(Debug, Default)]
struct Needle {
    contains: Vec<u32>,
    prefix: Vec<u32>,
    suffix: Vec<u32>,
    exact: Vec<u32>,
}

impl Automaton {
    /// From literals and the numbers of their rules.
    pub(super) fn new(literals: Vec<(Literal, u32)>) -> Result<Self, BuildError> {
        let mut numbers: FxHashMap<Vec<u8>, usize> = FxHashMap::default();
        let (mut texts, mut needles) = (Vec::new(), Vec::<Needle>::new());
        for (literal, rule) in literals {
            let number = *numbers.entry(literal.text).or_insert_with_key(|text| {
                texts.push(text.clone());
                needles.push(Needle::default());
                needles.len() - 1
            });
            needles[number].rules_mut(literal.anchor).push(rule);
        }
        let small = texts.iter().map(Vec::len).sum::<usize>() <= TABLE_BYTES;
        let kind = if small { AhoCorasickKind::DFA } else { AhoCorasickKind::ContiguousNFA };
        let automaton = AhoCorasick::builder().kind(Some(kind)).build(texts)?;
        Ok(Automaton { automaton, needles })
    }

    /// Adds to `found` the rows that have a literal, for each rule. Rows with the same value are
    /// looked at once.
    pub(super) fn scan(&self, column: &TextView, rows: usize, found: &mut RowSets) {
        let mut numbers = FxHashMap::with_capacity_and_hasher(rows, FxBuildHasher);
        let mut values = Vec::new();
        let mut sharing = RowSets::new(rows, rows);
        for row in 0..rows {
            let Some(value) = column.folded(row) else { continue };
            let number = *numbers.entry(value).or_insert_with(|| {
                values.push(value);
                values.len() - 1
            });
            sharing.insert(number, row);
        }
        for (number, value) in values.into_iter().enumerate() {
            self.search(value, |rule| found.add(rule as usize, sharing.words(number)));
        }
    }

    fn search(&self, value: &[u8], mut hit: impl FnMut(u32)) {
        let long = value.len() > LONG_VALUE_BYTES;
        let mut seen = vec![false; if long { self.needles.len() } else { 0 }];
        for found in self.automaton.find_overlapping_iter(value) {
            let number = found.pattern().as_usize();
            let needle = &self.needles[number];
            let (first, last) = (found.start() == 0, found.end() == value.len());
            if first {
                needle.prefix.iter().for_each(|rule| hit(*rule));
            }
            if last {
                needle.suffix.iter().for_each(|rule| hit(*rule));
            }
            if first && last {
                needle.exact.iter().for_each(|rule| hit(*rule));
            }
            if !long || !std::mem::replace(&mut seen[number], true) {
                needle.contains.iter().for_each(|rule| hit(*rule));
            }
        }
    }
}

impl Needle {
    fn rules_mut(&mut self, anchor: Anchor) -> &mut Vec<u32> {
        match anchor {
            Anchor::Contains => &mut self.contains,
            Anchor::Prefix => &mut self.prefix,
            Anchor::Suffix => &mut self.suffix,
            Anchor::Exact => &mut self.exact,
        }
    }
}
