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
    /// By row.
    numbers: Vec<u32>,
    /// By number: where the value is in `folded`, and the row that has it last.
    values: Vec<Entry>,
    /// By row: the row before it that has the same number.
    before: Vec<u32>,
    folded: Vec<u8>,
}

#[derive(Debug)]
struct Entry {
    start: usize,
    end: usize,
    last: u32,
}

impl Distinct {
    pub(super) fn new(text: &Text) -> Self {
        let rows = text.offsets.len() - 1;
        let mut distinct = Distinct {
            numbers: vec![NONE; rows],
            values: Vec::new(),
            before: vec![NONE; rows],
            folded: Vec::new(),
        };
        // The value that came by last in each slot. One that was displaced gets a second number:
        // no row ever costs more than one comparison.
        let mut slots = vec![NONE; if rows > 1 { 1 << SLOT_BITS } else { 1 }];
        for row in 0..rows {
            if let Some(value) = text.bytes(row) {
                let slot = if rows > 1 { slot(value) } else { 0 };
                distinct.push(text, row, value, &mut slots[slot]);
            }
        }
        distinct
    }

    fn push(&mut self, text: &Text, row: usize, value: &[u8], slot: &mut u32) {
        let row_number = u32::try_from(row).expect("a batch has few rows");
        let known = self.values.get(*slot as usize);
        if known.is_some_and(|entry| text.bytes(entry.last as usize) == Some(value)) {
            let entry = &mut self.values[*slot as usize];
            self.before[row] = std::mem::replace(&mut entry.last, row_number);
            self.numbers[row] = *slot;
            return;
        }
        *slot = u32::try_from(self.values.len()).expect("a batch has few rows");
        let start = self.folded.len();
        self.folded.extend_from_slice(value);
        self.folded[start..].make_ascii_lowercase();
        self.values.push(Entry { start, end: self.folded.len(), last: row_number });
        self.numbers[row] = *slot;
    }

    /// The values, folded, by number.
    pub(crate) fn values(&self) -> impl Iterator<Item = &[u8]> {
        self.values.iter().map(|entry| &self.folded[entry.start..entry.end])
    }

    /// The rows that have the value of this number, descending.
    pub(crate) fn rows(&self, number: usize) -> impl Iterator<Item = usize> {
        let next = |row: &u32| Some(self.before[*row as usize]).filter(|row| *row != NONE);
        std::iter::successors(Some(self.values[number].last), next).map(|row| row as usize)
    }

    /// The folded value of a row, if it has one.
    pub(super) fn folded(&self, row: usize) -> Option<&[u8]> {
        let entry = self.values.get(self.numbers[row] as usize)?;
        Some(&self.folded[entry.start..entry.end])
    }
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
