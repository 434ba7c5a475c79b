//! Sets of rows of one batch, one for each rule that has any.

/// Rules without a place.
const NONE: u32 = u32::MAX;

/// Sets of rows, by the numbers of rules. A rule without rows costs nothing.
#[derive(Debug, Default)]
pub(crate) struct RowSets {
    /// Rows that a set may have.
    count: usize,
    /// By rule: the place of its set.
    places: Vec<u32>,
    /// By place.
    rules: Vec<u32>,
    words: Vec<u64>,
    /// The set that is added.
    set: Vec<u64>,
}

impl RowSets {
    /// No sets, for so many rules.
    pub(crate) fn of(rules: usize) -> Self {
        RowSets { places: vec![NONE; rules], ..RowSets::default() }
    }

    /// Begins sets of up to so many rows.
    pub(super) fn open(&mut self, rows: usize) {
        self.count = rows;
    }

    /// Adds these rows to each of the rules.
    pub(super) fn add<'a>(
        &mut self,
        rules: impl Iterator<Item = &'a u32>,
        rows: impl Iterator<Item = usize>,
    ) {
        self.set.clear();
        self.set.resize(self.width(), 0);
        insert(&mut self.set, rows);
        let set = std::mem::take(&mut self.set);
        rules.for_each(|rule| self.add_set(*rule, &set));
        self.set = set;
    }

    /// Adds a row to each of the rules.
    pub(super) fn add_row(&mut self, rules: &[u32], row: usize) {
        if !rules.is_empty() {
            self.add(rules.iter(), std::iter::once(row));
        }
    }

    /// Adds the rows of a set to a rule.
    pub(super) fn add_set(&mut self, rule: u32, set: &[u64]) {
        let place = &mut self.places[rule as usize];
        if *place == NONE {
            *place = u32::try_from(self.rules.len()).expect("as many as rules");
            self.rules.push(rule);
            self.words.extend_from_slice(set);
            return;
        }
        let start = *place as usize * set.len();
        let words = self.words[start..].iter_mut();
        words.zip(set).for_each(|(word, other)| *word |= other);
    }

    /// Words of one set.
    fn width(&self) -> usize {
        self.count.div_ceil(64)
    }

    /// Calls `look` with every rule and its rows.
    pub(super) fn each(&mut self, mut look: impl FnMut(u32, &mut [u64])) {
        let width = self.width();
        let sets = self.rules.iter().zip(self.words.chunks_exact_mut(width));
        sets.for_each(|(rule, set)| look(*rule, set));
    }

    /// Calls `take` with every rule and its rows, in the order in which the rules came, and has none
    /// of them any more.
    pub(super) fn drain(&mut self, mut take: impl FnMut(u32, &mut [u64])) {
        let width = self.width();
        for (rule, set) in self.rules.drain(..).zip(self.words.chunks_exact_mut(width)) {
            self.places[rule as usize] = NONE;
            take(rule, set);
        }
        self.words.clear();
    }
}

/// Adds rows to a set.
pub(super) fn insert(set: &mut [u64], rows: impl Iterator<Item = usize>) {
    rows.for_each(|row| set[row / 64] |= 1 << (row % 64));
}

/// A set of these rows, of so many.
pub(super) fn set_of(count: usize, rows: impl Iterator<Item = usize>) -> Vec<u64> {
    let mut set = vec![0; count.div_ceil(64)];
    insert(&mut set, rows);
    set
}

/// Whether the row is in the set.
pub(super) fn has(set: &[u64], row: usize) -> bool {
    set[row / 64] >> (row % 64) & 1 == 1
}

/// Whether no row is in the set.
pub(super) fn is_empty(set: &[u64]) -> bool {
    set.iter().all(|word| *word == 0)
}

/// Takes the other rows from a set.
pub(super) fn retain(set: &mut [u64], mut keep: impl FnMut(usize) -> bool) {
    for (base, word) in (0..).step_by(64).zip(set) {
        let mut left = *word;
        while left != 0 {
            let bit = left & left.wrapping_neg();
            left ^= bit;
            if !keep(base + bit.trailing_zeros() as usize) {
                *word ^= bit;
            }
        }
    }
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
        let mut sets = RowSets::of(3);
        for _ in 0..2 {
            sets.open(130);
            sets.add([1].iter(), [129, 0, 64].into_iter());
            sets.add([0, 1].iter(), [63, 64].into_iter());
            let mut found = Vec::new();
            sets.drain(|rule, set| found.push((rule, rows(set).collect::<Vec<_>>())));
            assert_eq!(found, [(1, vec![0, 63, 64, 129]), (0, vec![63, 64])]);
        }
    }
}
