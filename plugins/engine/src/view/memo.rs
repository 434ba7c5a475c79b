//! What parts of rules said about values lately, so that a part that looks at one column is judged once
//! for a value however many rows have it.

use std::cell::Cell;

/// Answers that are kept, as powers of two: the fewest, and the most. A newer one takes the place of an
/// older one.
const SLOTS: (usize, usize) = (1 << 8, 1 << 13);
/// So many answers for each value.
const SLOTS_PER_VALUE: usize = 4;
/// A slot without an answer: its lowest bits are no truth.
const EMPTY: u64 = u64::MAX;

/// The latest answers, by the part of a rule and the number of the value.
#[derive(Debug, Default)]
pub(super) struct Memo(Box<[Cell<u64>]>);

/// Where one part's answer about one value is, if it is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer<'a> {
    slot: &'a Cell<u64>,
    key: u64,
}

impl Memo {
    /// Has room for answers about so many values. Growing, it forgets.
    pub(super) fn fit(&mut self, values: usize) {
        let slots = (values * SLOTS_PER_VALUE).next_power_of_two().clamp(SLOTS.0, SLOTS.1);
        if slots > self.0.len() {
            self.0 = vec![Cell::new(EMPTY); slots].into();
        }
    }

    pub(super) fn answer(&self, part: u32, number: u32) -> Answer<'_> {
        let key = u64::from(part) << 30 | u64::from(number);
        let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let place = (hash >> 32) as usize & (self.0.len() - 1);
        Answer { slot: &self.0[place], key: key << 2 }
    }

    pub(super) fn forget(&mut self) {
        *self = Memo::default();
    }
}

impl Answer<'_> {
    /// The truth, which may be NULL.
    pub(crate) fn get(self) -> Option<Option<bool>> {
        let truth = self.slot.get() ^ self.key;
        match truth {
            0 => Some(None),
            1 => Some(Some(false)),
            2 => Some(Some(true)),
            _ => None,
        }
    }

    pub(crate) fn set(self, truth: Option<bool>) {
        let truth = truth.map_or(0, |truth| 1 + u64::from(truth));
        self.slot.set(self.key | truth);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_about_its_part_and_value_until_another_takes_its_place() {
        let mut memo = Memo::default();
        memo.fit(500);
        let truths = [None, Some(false), Some(true)];
        let pairs = (0..100).flat_map(|part| (0..100).map(move |number| (part, number)));
        let truth = |part: u32, number: u32| truths[(part * 7 + number) as usize % truths.len()];
        for (part, number) in pairs.clone() {
            let answer = memo.answer(part, number);
            assert_eq!(answer.get(), None);
            answer.set(truth(part, number));
            assert_eq!(memo.answer(part, number).get(), Some(truth(part, number)));
        }
        let known = pairs.filter_map(|(part, number)| {
            Some((memo.answer(part, number).get()?, truth(part, number)))
        });
        let known: Vec<_> = known.collect();
        assert!(known.len() > 1_000 && known.iter().all(|(found, truth)| found == truth));
        memo.forget();
        memo.fit(1);
        assert_eq!(memo.answer(99, 99).get(), None);
    }
}
