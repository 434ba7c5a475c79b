//! The different values of a text column. Events repeat themselves: in a thousand rows there are a
//! hundred paths and a dozen users, and what is true of a value is found out once.

use daemoneye_sdk::rules::Text;

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

/// Where a value is in the folded text, and the row that has it last.
#[derive(Debug)]
struct Entry {
    start: usize,
    end: usize,
    last: u32,
}

impl Distinct {
    pub(super) fn new(text: &Text) -> Self {
        let rows = text.offsets.len() - 1;
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

    fn push(&mut self, text: &Text, row: usize, value: &[u8], slot: &mut u32) {
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
        self.values.push(Entry { start, end: self.folded.len(), last: row_number });
        self.rows[row].number = *slot;
    }

    /// The values, folded, by number.
    pub(crate) fn values(&self) -> impl Iterator<Item = &[u8]> {
        self.values.iter().map(|entry| &self.folded[entry.start..entry.end])
    }

    /// The rows that have the value of this number, descending.
    pub(crate) fn rows(&self, number: usize) -> impl Iterator<Item = usize> {
        let next = |row: &u32| Some(self.rows[*row as usize].before).filter(|row| *row != NONE);
        std::iter::successors(Some(self.values[number].last), next).map(|row| row as usize)
    }

    /// The folded value of a row, if it has one.
    pub(super) fn folded(&self, row: usize) -> Option<&[u8]> {
        let entry = self.values.get(self.rows[row].number as usize)?;
        Some(&self.folded[entry.start..entry.end])
    }
}

/// Equality, 16 bytes at a time: what a sandbox has for it by itself takes one at a time.
fn are_same(left: &[u8], right: &[u8]) -> bool {
    let (left_chunks, left_rest) = left.as_chunks::<16>();
    let (right_chunks, right_rest) = right.as_chunks::<16>();
    let mut chunks = left_chunks.iter().zip(right_chunks);
    left.len() == right.len()
        && chunks.all(|(l, r)| u128::from_le_bytes(*l) == u128::from_le_bytes(*r))
        && left_rest == right_rest
}

/// From the length and both ends: cheap however long the value is.
fn slot(value: &[u8]) -> usize {
    let word = |bytes: &[u8]| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(word)
    };
    let (first, last) = match value.first_chunk::<8>().zip(value.last_chunk::<8>()) {
        Some((first, last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        None => (word(value), 0),
    };
    let middle = value.get(value.len() / 2..value.len() / 2 + 8).map_or(0, word);
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let mixed = (first ^ value.len() as u64).wrapping_mul(MIX) ^ last;
    let mixed = (mixed.rotate_left(29).wrapping_mul(MIX) ^ middle).wrapping_mul(MIX);
    usize::try_from(mixed >> (64 - SLOT_BITS)).expect("so many bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distinct(rows: &[Option<&str>]) -> Distinct {
        let (mut validity, mut offsets, mut bytes) =
            (vec![0; rows.len().div_ceil(8)], vec![0], vec![]);
        for (row, value) in rows.iter().enumerate() {
            validity[row / 8] |= u8::from(value.is_some()) << (row % 8);
            bytes.extend_from_slice(value.unwrap_or_default().as_bytes());
            offsets.push(u32::try_from(bytes.len()).expect("short"));
        }
        Distinct::new(&Text { validity, offsets, bytes })
    }

    #[test]
    fn equal_values_are_one_and_rows_without_a_value_are_none() {
        let found = distinct(&[Some("A"), None, Some("b"), Some("A"), Some(""), Some("A")]);
        let values: Vec<_> = found.values().collect();
        assert_eq!(values, [&b"a"[..], b"b", b""]);
        assert_eq!(found.rows(0).collect::<Vec<_>>(), [5, 3, 0]);
        let folded: Vec<_> = (0..6).map(|row| found.folded(row)).collect();
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
            assert_eq!(found.folded(row), Some(value.as_bytes()));
        }
    }
}
