//! Sets of rows of one batch, one for each rule that has any.

/// Sets of rows, by the numbers of rules. A rule without rows costs nothing.
#[derive(Debug)]
pub(super) struct RowSets {
    /// Words of one set.
    width: usize,
    /// By rule: the place of its set, counted from 1; 0 without one.
    places: Vec<u32>,
    /// By place, from 1: the rule.
    rules: Vec<u32>,
    words: Vec<u64>,
}

impl RowSets {
    /// Empty sets of up to `rows` rows for so many rules.
    pub(super) fn new(rules: usize, rows: usize) -> Self {
        let width = rows.div_ceil(64);
        RowSets { width, places: vec![0; rules], rules: Vec::new(), words: Vec::new() }
    }

    /// These rows as a set that can be added.
    pub(super) fn set_of(&self, rows: impl Iterator<Item = usize>) -> Vec<u64> {
        let mut set = vec![0; self.width];
        rows.for_each(|row| set[row / 64] |= 1 << (row % 64));
        set
    }

    /// Adds every row of the set.
    pub(super) fn add(&mut self, rule: u32, set: &[u64]) {
        let place = &mut self.places[rule as usize];
        if *place == 0 {
            self.rules.push(rule);
            *place = u32::try_from(self.rules.len()).expect("rules are numbered as u32");
            self.words.extend_from_slice(set);
            return;
        }
        let words = &mut self.words[(*place as usize - 1) * self.width..][..self.width];
        words.iter_mut().zip(set).for_each(|(word, other)| *word |= other);
    }

    /// Every rule with its rows, in the order in which the rules came.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut [u64])> {
        self.rules.iter().copied().zip(self.words.chunks_exact_mut(self.width))
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
        let mut sets = RowSets::new(2, 130);
        let first = sets.set_of([129, 0, 64].into_iter());
        let second = sets.set_of([63, 64].into_iter());
        sets.add(1, &first);
        sets.add(1, &second);
        let found: Vec<_> =
            sets.iter_mut().map(|(rule, set)| (rule, rows(set).collect::<Vec<_>>())).collect();
        assert_eq!(found, [(1, vec![0, 63, 64, 129])]);
    }
}
