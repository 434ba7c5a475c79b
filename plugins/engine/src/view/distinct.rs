//! The different values of a text column. Events repeat themselves: in a thousand rows there are a
//! hundred paths and a dozen users, and what is true of a value is found out once.

use std::cell::Cell;
use std::ops::Range;

use daemoneye_sdk::rules::TextColumn;
use smallvec::SmallVec;

use super::signature::{self, Signature};
use crate::same::are_same;

/// Rows without a value have no number.
const NONE: u32 = u32::MAX;
/// Slots in which an equal value is looked for, as a power of two.
const SLOT_BITS: u32 = 11;

/// Values by number, folded. Equal values usually, but not always, have one number.
#[derive(Debug)]
pub(super) struct Distinct {
    rows: SmallVec<[Row; 1]>,
    /// By number.
    values: SmallVec<[Entry; 1]>,
    folded: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    /// Of its value.
    number: u32,
    /// The row before it that has the same number.
    before: u32,
}

/// Where a value is, and the row that has it last.
#[derive(Debug)]
struct Entry {
    /// In the folded bytes.
    start: u32,
    /// In the batch's bytes.
    raw: u32,
    bytes: u32,
    last: u32,
    /// Made when somebody first asks.
    signature: Cell<Option<Signature>>,
}

impl Distinct {
    pub(super) fn new(text: TextColumn<'_>) -> Self {
        let rows = text.offsets().len() - 1;
        let unknown = Row { number: NONE, before: NONE };
        let mut distinct = Distinct {
            rows: SmallVec::from_elem(unknown, rows),
            values: SmallVec::new(),
            folded: Vec::new(),
        };
        if rows == 1 {
            text.range(0).into_iter().for_each(|range| distinct.add(text, 0, range));
            return distinct;
        }
        // The value that came by last in each slot. One that was displaced gets a second number:
        // no row ever costs more than one comparison.
        let mut slots = vec![NONE; 1 << SLOT_BITS];
        for row in 0..rows {
            let Some((start, end)) = text.range(row) else { continue };
            let value = &text.all_bytes()[start..end];
            let slot = &mut slots[slot(value)];
            let known = distinct.values.get(*slot as usize);
            if known.is_some_and(|entry| are_same(&text.all_bytes()[entry.raw()], value)) {
                distinct.repeat(row, *slot);
            } else {
                *slot = short(distinct.values.len());
                distinct.add(text, row, (start, end));
            }
        }
        distinct
    }

    fn repeat(&mut self, row: usize, number: u32) {
        let before = std::mem::replace(&mut self.values[number as usize].last, short(row));
        self.rows[row] = Row { number, before };
    }

    fn add(&mut self, text: TextColumn<'_>, row: usize, (raw, end): (usize, usize)) {
        let start = self.folded.len();
        self.folded.extend_from_slice(&text.all_bytes()[raw..end]);
        self.folded[start..].make_ascii_lowercase();
        self.rows[row].number = short(self.values.len());
        self.values.push(Entry {
            start: short(start),
            raw: short(raw),
            bytes: short(end - raw),
            last: short(row),
            signature: Cell::new(None),
        });
    }

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The folded value of this number.
    pub(super) fn value(&self, number: usize) -> &[u8] {
        &self.folded[self.values[number].folded()]
    }

    /// What pairs of bytes the value of this number has; nothing for one that is too long to tell.
    pub(super) fn signature(&self, number: usize) -> Option<Signature> {
        let entry = &self.values[number];
        if entry.bytes as usize > signature::LONGEST {
            return None;
        }
        let known = entry.signature.get();
        let made = known.unwrap_or_else(|| Signature::new(&self.folded[entry.folded()]));
        entry.signature.set(Some(made));
        Some(made)
    }

    /// The rows with the value of this number, from the last to the first.
    pub(super) fn rows(&self, number: usize) -> impl Iterator<Item = usize> {
        let next = |row: &u32| Some(self.rows[*row as usize].before).filter(|row| *row != NONE);
        std::iter::successors(Some(self.values[number].last), next).map(|row| row as usize)
    }

    /// The rows without a value.
    pub(super) fn absent(&self) -> impl Iterator<Item = usize> {
        self.rows.iter().enumerate().filter(|(_, row)| row.number == NONE).map(|(row, _)| row)
    }

    /// The number of a row's value, if it has one.
    pub(super) fn number(&self, row: usize) -> Option<usize> {
        Some(self.rows[row].number).filter(|number| *number != NONE).map(|number| number as usize)
    }
}

impl Entry {
    fn raw(&self) -> Range<usize> {
        self.raw as usize..(self.raw + self.bytes) as usize
    }

    fn folded(&self) -> Range<usize> {
        self.start as usize..(self.start + self.bytes) as usize
    }
}

/// Rows and bytes of a batch are counted in 32 bits.
fn short(count: usize) -> u32 {
    u32::try_from(count).expect("a batch is smaller than 4 GiB")
}

/// From the length and both ends: cheap however long the value is.
fn slot(value: &[u8]) -> usize {
    let word = |bytes: &[u8]| bytes.first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
    let (first, last) = match value.last_chunk() {
        Some(last) => (word(value), u64::from_le_bytes(*last)),
        None => (value.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0),
    };
    let middle = word(&value[value.len() / 2..]);
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let mixed = (first ^ value.len() as u64).wrapping_mul(MIX) ^ last;
    let mixed = (mixed.rotate_left(29).wrapping_mul(MIX) ^ middle).wrapping_mul(MIX);
    usize::try_from(mixed >> (64 - SLOT_BITS)).expect("so many bits")
}

#[cfg(test)]
mod tests {
    use super::*;
    use daemoneye_sdk::rules::{Batch, Column};

    fn batch(rows: &[Option<&str>]) -> Batch {
        let count = u32::try_from(rows.len()).expect("few");
        let column = Column::Text(rows.iter().map(|value| value.map(str::to_owned)).collect());
        Batch::new(count, vec![column])
    }

    fn distinct(batch: &Batch) -> Distinct {
        Distinct::new(batch.text(0).expect("a text column"))
    }

    #[test]
    fn equal_values_are_one_and_rows_without_a_value_are_none() {
        let batch = batch(&[Some("A"), None, Some("b"), Some("A"), Some(""), Some("A")]);
        let found = distinct(&batch);
        let values: Vec<_> = (0..found.len()).map(|number| found.value(number)).collect();
        assert_eq!(values, [&b"a"[..], b"b", b""]);
        assert_eq!(found.rows(0).collect::<Vec<_>>(), [5, 3, 0]);
        let numbers: Vec<_> = (0..6).map(|row| found.number(row)).collect();
        assert_eq!(numbers, [Some(0), None, Some(1), Some(0), Some(2), Some(0)]);
        assert_eq!(found.absent().collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn values_that_differ_only_in_case_are_different_values() {
        assert_eq!(distinct(&batch(&[Some("Cmd"), Some("cmd")])).len(), 2);
    }

    #[test]
    fn values_that_fall_into_one_slot_stay_different() {
        let long: Vec<String> = (0..600)
            .map(|number| format!("{}{number:04}{}", "x".repeat(20), "y".repeat(100)))
            .collect();
        let rows: Vec<_> = long.iter().map(|value| Some(value.as_str())).collect();
        let batch = batch(&rows);
        let found = distinct(&batch);
        for (row, value) in long.iter().enumerate() {
            assert_eq!(found.value(found.number(row).expect("a value")), value.as_bytes());
        }
    }
}
