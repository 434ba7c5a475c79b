//! Many sets of rows of one batch, as bits in one piece of memory.

/// Sets of rows, by number.
#[derive(Debug, Clone)]
pub(super) struct RowSets {
    /// Words of one set.
    width: usize,
    words: Vec<u64>,
}

impl RowSets {
    /// So many empty sets of up to `rows` rows.
    pub(super) fn new(sets: usize, rows: usize) -> Self {
        let width = rows.div_ceil(64);
        RowSets { width, words: vec![0; sets * width] }
    }

    pub(super) fn insert(&mut self, set: usize, row: usize) {
        self.words[set * self.width + row / 64] |= 1 << (row % 64);
    }

    pub(super) fn words(&self, set: usize) -> &[u64] {
        &self.words[set * self.width..][..self.width]
    }

    /// Adds every row of `other`.
    pub(super) fn add(&mut self, set: usize, other: &[u64]) {
        self.combine(set, other, |word, other| word | other);
    }

    /// Keeps only the rows of `other`.
    pub(super) fn keep(&mut self, set: usize, other: &[u64]) {
        self.combine(set, other, |word, other| word & other);
    }

    fn combine(&mut self, set: usize, other: &[u64], with: impl Fn(u64, u64) -> u64) {
        let words = &mut self.words[set * self.width..][..self.width];
        words.iter_mut().zip(other).for_each(|(word, other)| *word = with(*word, *other));
    }

    pub(super) fn is_empty(&self, set: usize) -> bool {
        self.words(set).iter().all(|word| *word == 0)
    }

    /// The rows of a set, ascending.
    pub(super) fn rows(&self, set: usize) -> Vec<u32> {
        let mut rows = Vec::new();
        for (base, word) in (0..).step_by(64).zip(self.words(set)) {
            let mut word = *word;
            while word != 0 {
                rows.push(base + word.trailing_zeros());
                word &= word - 1;
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_out_ascending_and_once() {
        let mut sets = RowSets::new(2, 130);
        for row in [129, 0, 64, 63, 64] {
            sets.insert(1, row);
        }
        assert!(sets.is_empty(0));
        assert_eq!(sets.rows(1), [0, 63, 64, 129]);
        let mut only = RowSets::new(1, 130);
        only.insert(0, 63);
        sets.keep(1, only.words(0));
        assert_eq!(sets.rows(1), [63]);
    }
}
