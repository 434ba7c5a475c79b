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
        let mut seen = Seen::default();
        for (number, value) in values.values().enumerate() {
            self.anchored.search(value, &mut seen);
            self.grams.search(value, &mut seen);
            self.short.search(value, &mut seen);
            if seen.needles.is_empty() {
                continue;
            }
            let rows = found.set_of(values.rows(number));
            for needle in seen.drain() {
                self.rules[needle as usize].iter().for_each(|rule| found.add(*rule, &rows));
            }
        }
    }
}

/// Up to so many needles are told apart by looking at each.
const FEW: usize = 16;

/// The needles that one value has, each once, however often it occurs.
#[derive(Debug, Default)]
pub(super) struct Seen {
    needles: Vec<u32>,
    /// The same as bits, once there are more than [`FEW`].
    bits: Vec<u64>,
}

impl Seen {
    pub(super) fn has(&self, needle: u32) -> bool {
        match self.needles.len() {
            0..=FEW => self.needles.contains(&needle),
            _ => self.bits.get(needle as usize / 64).is_some_and(|w| w >> (needle % 64) & 1 == 1),
        }
    }

    pub(super) fn note(&mut self, needle: u32) {
        if self.has(needle) {
            return;
        }
        self.needles.push(needle);
        match self.needles.len() {
            0..=FEW => {}
            many if many == FEW + 1 => {
                self.bits.clear();
                (0..many).for_each(|place| self.mark(self.needles[place]));
            }
            _ => self.mark(needle),
        }
    }

    fn mark(&mut self, needle: u32) {
        let word = needle as usize / 64;
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        self.bits[word] |= 1 << (needle % 64);
    }

    fn drain(&mut self) -> impl Iterator<Item = u32> {
        self.needles.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_needles_are_noted_once_each_like_few() {
        let mut seen = Seen::default();
        for count in [3, 200, 5] {
            (0..count).chain(0..count).for_each(|needle| seen.note(needle * 7));
            assert!(seen.has(7) && !seen.has(8));
            assert_eq!(seen.drain().count(), count as usize);
        }
    }
}
