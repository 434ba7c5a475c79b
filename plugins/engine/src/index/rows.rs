//! Sets of rows of one batch, one for each rule that has any.

use rustc_hash::FxHashMap;

/// Sets of rows, by the numbers of rules. A rule without rows costs nothing.
#[derive(Debug)]
pub(super) struct RowSets {
    /// Words of one set.
    width: usize,
    /// By rule: the place of its set.
    places: FxHashMap<u32, usize>,
    /// By place.
    rules: Vec<u32>,
    words: Vec<u64>,
}

impl RowSets {
    /// No sets yet, of up to `rows` rows.
    pub(super) fn new(rows: usize) -> Self {
        let width = rows.div_ceil(64);
        RowSets { width, places: FxHashMap::default(), rules: Vec::new(), words: Vec::new() }
    }

    /// These rows as a set that can be added.
    pub(super) fn set_of(&self, rows: impl Iterator<Item = usize>) -> Vec<u64> {
        let mut set = vec![0; self.width];
        insert(&mut set, rows);
        set
    }

    /// Adds every row of the set.
    pub(super) fn add(&mut self, rule: u32, set: &[u64]) {
        let next = self.rules.len();
        let place = *self.places.entry(rule).or_insert(next);
        if place == next {
            self.rules.push(rule);
            self.words.extend_from_slice(set);
            return;
        }
        let words = &mut self.words[place * self.width..][..self.width];
        words.iter_mut().zip(set).for_each(|(word, other)| *word |= other);
    }

    /// Every rule with its rows, in the order in which the rules came.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut [u64])> {
        self.rules.iter().copied().zip(self.words.chunks_exact_mut(self.width))
    }
}

/// A set of some of so many rows.
pub(super) fn set(count: usize, rows: impl Iterator<Item = usize>) -> Vec<u64> {
    let mut set = vec![0; count.div_ceil(64)];
    insert(&mut set, rows);
    set
}

/// Adds rows to a set.
pub(super) fn insert(set: &mut [u64], rows: impl Iterator<Item = usize>) {
    rows.for_each(|row| set[row / 64] |= 1 << (row % 64));
}

/// The rows of a set, ascending.
pub(super) fn rows(set: &[u64]) -> impl Iterator<Item = usize> {
    (0..).step_by(64).zip(set).flat_map(|(base, word)| {
        let next = |word: &u64| Some(word & (word - 1)).filter(|word| *word != 0);
        let words = std::iter::successors(Some(*word).filter(|word| *word != 0), next);
        words.map(move |word| base + word.trailing_zeros() as usize)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_out_ascending_and_once() {
        let mut sets = RowSets::new(130);
        let first = sets.set_of([129, 0, 64].into_iter());
        let second = sets.set_of([63, 64].into_iter());
        sets.add(1, &first);
        sets.add(1, &second);
        let found: Vec<_> =
            sets.iter_mut().map(|(rule, set)| (rule, rows(set).collect::<Vec<_>>())).collect();
        assert_eq!(found, [(1, vec![0, 63, 64, 129])]);
    }
}
