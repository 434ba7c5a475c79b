//! The different values of a text column. Events repeat themselves: in a thousand rows there are a
//! hundred paths and a dozen users, and what is true of a value is found out once.

use std::cell::Cell;

use daemoneye_sdk::rules::TextColumn;

use super::signature::{self, Signature};

/// Rows without a value have no number.
const NONE: u32 = u32::MAX;
/// Slots in which an equal value is looked for, as a power of two.
const SLOT_BITS: u32 = 11;

/// Values by number, folded. Equal values usually, but not always, have one number.
#[derive(Debug)]
pub(crate) struct Distinct {
    rows: Vec<Row>,
    /// By number.
    values: Vec<Entry>,
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
pub(crate) struct Entry {
    /// Where it begins in the column's text.
    pub(crate) raw: usize,
    start: usize,
    end: usize,
    last: u32,
    /// Made when somebody first asks.
    signature: Cell<Option<Signature>>,
}

impl Distinct {
    pub(super) fn new(text: TextColumn<'_>) -> Self {
        let rows = text.offsets().len() - 1;
        let unknown = Row { number: NONE, before: NONE };
        let mut distinct =
            Distinct { rows: vec![unknown; rows], values: Vec::new(), folded: Vec::new() };
        if rows == 1 {
            let value = text.bytes(0).into_iter();
            value.for_each(|value| distinct.push(text, 0, value, &mut { NONE }));
            return distinct;
        }
        // The value that came by last in each slot. One that was displaced gets a second number:
        // no row ever costs more than one comparison.
        let mut slots = vec![NONE; 1 << SLOT_BITS];
        for row in 0..rows {
            if let Some(value) = text.bytes(row) {
                distinct.push(text, row, value, &mut slots[slot(value)]);
            }
        }
        distinct
    }

    fn push(&mut self, text: TextColumn<'_>, row: usize, value: &[u8], slot: &mut u32) {
        let row_number = u32::try_from(row).expect("a batch has few rows");
        let known = self.values.get(*slot as usize);
        let known = known.and_then(|entry| text.bytes(entry.last as usize));
        if known.is_some_and(|known| are_same(known, value)) {
            let entry = &mut self.values[*slot as usize];
            let before = std::mem::replace(&mut entry.last, row_number);
            self.rows[row] = Row { number: *slot, before };
            return;
        }
        *slot = u32::try_from(self.values.len()).expect("a batch has few rows");
        let start = self.folded.len();
        self.folded.extend_from_slice(value);
        self.folded[start..].make_ascii_lowercase();
        let raw = text.offsets()[row] as usize;
        let end = self.folded.len();
        self.values.push(Entry { raw, start, end, last: row_number, signature: Cell::new(None) });
        self.rows[row].number = *slot;
    }

    /// The values, folded, by number.
    pub(crate) fn values(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.values.iter().map(|entry| self.folded(entry))
    }

    /// The rows that have the value of this number, descending.
    pub(crate) fn rows(&self, number: usize) -> impl Iterator<Item = usize> {
        let next = |row: &u32| Some(self.rows[*row as usize].before).filter(|row| *row != NONE);
        std::iter::successors(Some(self.values[number].last), next).map(|row| row as usize)
    }

    /// The rows that have no value.
    pub(crate) fn absent(&self) -> impl Iterator<Item = usize> {
        self.rows.iter().enumerate().filter(|(_, row)| row.number == NONE).map(|(row, _)| row)
    }

    /// The value of this number, folded.
    pub(crate) fn value(&self, number: usize) -> &[u8] {
        self.folded(&self.values[number])
    }

    /// The number of a row's value, if it has one.
    pub(crate) fn number(&self, row: usize) -> Option<usize> {
        Some(self.rows[row].number).filter(|number| *number != NONE).map(|number| number as usize)
    }

    /// The signature of the value of this number; nothing for long values.
    pub(crate) fn signature(&self, number: usize) -> Option<Signature> {
        let entry = &self.values[number];
        if entry.len() > signature::LONGEST {
            return None;
        }
        let made = entry.signature.get().unwrap_or_else(|| Signature::new(self.folded(entry)));
        entry.signature.set(Some(made));
        Some(made)
    }

    /// Where a row's value is, if it has one.
    pub(crate) fn of(&self, row: usize) -> Option<&Entry> {
        self.values.get(self.rows[row].number as usize)
    }

    pub(super) fn folded(&self, entry: &Entry) -> &[u8] {
        &self.folded[entry.start..entry.end]
    }
}

impl Entry {
    /// Bytes of the value.
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }
}

/// Equality, 64 bytes at a time: what a sandbox has for it by itself takes one at a time.
fn are_same(left: &[u8], right: &[u8]) -> bool {
    let (left_chunks, left_rest) = left.as_chunks::<64>();
    let (right_chunks, right_rest) = right.as_chunks::<64>();
    let differs = |(left, right): (&[u8; 64], &[u8; 64])| {
        left.iter().zip(right).fold(0, |differs, (l, r)| differs | (l ^ r)) != 0
    };
    left.len() == right.len()
        && !left_chunks.iter().zip(right_chunks).any(differs)
        && are_same_words(left_rest, right_rest)
}

/// The same for fewer bytes.
fn are_same_words(left: &[u8], right: &[u8]) -> bool {
    let (left_words, left_rest) = left.as_chunks::<8>();
    let (right_words, right_rest) = right.as_chunks::<8>();
    let mut words = left_words.iter().zip(right_words);
    words.all(|(l, r)| u64::from_le_bytes(*l) == u64::from_le_bytes(*r)) && left_rest == right_rest
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

    fn distinct(rows: &[Option<&str>]) -> Distinct {
        let count = u32::try_from(rows.len()).expect("few");
        let column = Column::Text(rows.iter().map(|value| value.map(str::to_owned)).collect());
        Distinct::new(Batch::new(count, vec![column]).text(0).expect("a text column"))
    }

    #[test]
    fn equal_values_are_one_and_rows_without_a_value_are_none() {
        let found = distinct(&[Some("A"), None, Some("b"), Some("A"), Some(""), Some("A")]);
        let values: Vec<_> = found.values().collect();
        assert_eq!(values, [&b"a"[..], b"b", b""]);
        assert_eq!(found.rows(0).collect::<Vec<_>>(), [5, 3, 0]);
        let folded: Vec<_> = (0..6).map(|row| found.of(row).map(|e| found.folded(e))).collect();
        let a = Some(&b"a"[..]);
        assert_eq!(folded, [a, None, Some(b"b"), a, Some(b""), a]);
    }

    #[test]
    fn values_that_differ_only_in_case_are_different_values() {
        assert_eq!(distinct(&[Some("Cmd"), Some("cmd")]).values().count(), 2);
    }

    #[test]
    fn values_that_fall_into_one_slot_stay_different() {
        let long: Vec<String> = (0..600)
            .map(|number| format!("{}{number:04}{}", "x".repeat(20), "y".repeat(100)))
            .collect();
        let rows: Vec<_> = long.iter().map(|value| Some(value.as_str())).collect();
        let found = distinct(&rows);
        for (row, value) in long.iter().enumerate() {
            let place = found.of(row).expect("a value");
            assert_eq!(found.folded(place), value.as_bytes());
        }
    }
}
