//! The values of a text column. Events repeat themselves: in a thousand rows there are a hundred paths
//! and a dozen users, and the thousand rows after them have the same ones. What is true of a value is
//! found out once, and stays known from one batch to the next.

use std::cell::{Cell, OnceCell};
use std::ops::Range;

use daemoneye_sdk::rules::TextColumn;

use super::memo::{Answer, Memo};
use super::signature::{self, Signature};
use super::slots::{NONE, Slots};
use crate::same::are_same;
use crate::word::{end, start};

/// Bytes at each end of a value that its hash is made of.
const HASHED: usize = 256;
/// With more values or more bytes than these, a dictionary begins anew with the next batch.
const KEPT_VALUES: usize = 1 << 12;
const KEPT_BYTES: usize = 1 << 20;

/// Values by number. Equal values usually, but not always, have one number.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    /// Of the batch.
    rows: Vec<Row>,
    /// The numbers of the values that the batch has.
    present: Vec<u32>,
    slots: Slots,
    /// By number.
    values: Vec<Entry>,
    /// Of each value its bytes, and then the same folded.
    texts: Vec<u8>,
    memo: Memo,
    epoch: u32,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    /// Of its value, or [`NONE`].
    number: u32,
    /// The row before it that has the same number, or [`NONE`].
    before: u32,
}

/// A value, and what was found out about it when somebody first asked.
#[derive(Debug)]
struct Entry {
    /// In the texts.
    start: u32,
    bytes: u32,
    /// The row of the batch that has it last, or [`NONE`].
    last: u32,
    signature: Cell<Option<Signature>>,
    facts: OnceCell<Box<[u32]>>,
    rules: OnceCell<Box<[u32]>>,
}

impl Dictionary {
    /// Takes in the column of the next batch.
    pub(super) fn load(&mut self, text: TextColumn<'_>) {
        self.close();
        let rows = text.offsets().len() - 1;
        self.rows.resize(rows, Row { number: NONE, before: NONE });
        // Programs that one parent started come one after the other.
        let mut before: (&[u8], u32) = (&[], NONE);
        for (row, value) in text.values() {
            if before.1 == NONE || !are_same(before.0, value) {
                before = (value, self.number_of(value));
            }
            self.put(row, before.1);
        }
        self.memo.fit(self.values.len());
    }

    /// Ends the batch before.
    fn close(&mut self) {
        self.rows.clear();
        if self.values.len() > KEPT_VALUES || self.texts.len() > KEPT_BYTES {
            self.forget();
        }
        for number in self.present.drain(..) {
            self.values[number as usize].last = NONE;
        }
    }

    fn forget(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        self.present.clear();
        self.slots.clear();
        self.values.clear();
        self.texts.clear();
        self.texts.shrink_to(2 * KEPT_BYTES);
        self.memo.forget();
    }

    /// Only a value of the same hash is compared, and one that is another then takes its place: no row
    /// ever costs more than one comparison. A value that was displaced gets a second number.
    fn number_of(&mut self, value: &[u8]) -> u32 {
        let hash = hash(value);
        let (place, known) = self.slots.find(hash);
        let entry = self.values.get(known as usize);
        if entry.is_some_and(|entry| are_same(&self.texts[entry.raw()], value)) {
            return known;
        }
        self.add(value);
        self.slots.add(place, hash)
    }

    /// The value of the next number.
    fn add(&mut self, value: &[u8]) {
        let start = self.texts.len();
        self.texts.extend_from_slice(value);
        self.texts.extend_from_slice(value);
        self.texts[start + value.len()..].make_ascii_lowercase();
        self.values.push(Entry {
            start: short(start),
            bytes: short(value.len()),
            last: NONE,
            signature: Cell::new(None),
            facts: OnceCell::new(),
            rules: OnceCell::new(),
        });
    }

    fn put(&mut self, row: usize, number: u32) {
        let before = std::mem::replace(&mut self.values[number as usize].last, short(row));
        if before == NONE {
            self.present.push(number);
        }
        self.rows[row] = Row { number, before };
    }

    /// The numbers of the batch's values.
    pub(super) fn present(&self) -> &[u32] {
        &self.present
    }

    /// Another one means that numbers have another meaning.
    pub(super) fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Of each row the number of its value, [`NONE`] without one.
    pub(super) fn row_numbers(&self) -> impl Iterator<Item = u32> {
        self.rows.iter().map(|row| row.number)
    }

    /// The value of this number.
    pub(super) fn raw(&self, number: usize) -> &[u8] {
        &self.texts[self.values[number].raw()]
    }

    /// The folded value of this number.
    pub(super) fn folded(&self, number: usize) -> &[u8] {
        &self.texts[self.values[number].folded()]
    }

    /// What pairs of bytes the value of this number has; nothing for one that is too long to tell.
    pub(super) fn signature(&self, number: usize) -> Option<Signature> {
        let entry = &self.values[number];
        if entry.bytes as usize > signature::LONGEST {
            return None;
        }
        let known = entry.signature.get();
        let made = known.unwrap_or_else(|| Signature::new(&self.texts[entry.folded()]));
        entry.signature.set(Some(made));
        Some(made)
    }

    /// The facts that hold of the value of this number, which `find` finds.
    pub(super) fn facts(&self, number: usize, find: impl FnOnce(&[u8]) -> Box<[u32]>) -> &[u32] {
        self.values[number].facts.get_or_init(|| find(self.folded(number)))
    }

    /// The rules that have a literal in the value of this number, which `find` finds.
    pub(super) fn rules(&self, number: usize, find: impl FnOnce(&[u8]) -> Box<[u32]>) -> &[u32] {
        self.values[number].rules.get_or_init(|| find(self.folded(number)))
    }

    /// What a part of a rule said about the value of this number.
    pub(super) fn answer(&self, part: u32, number: usize) -> Answer<'_> {
        self.memo.answer(part, short(number))
    }

    /// The rows with the value of this number, from the last to the first.
    pub(super) fn rows(&self, number: usize) -> impl Iterator<Item = usize> {
        let row = |row: u32| Some(row).filter(|row| *row != NONE);
        let next = move |last: &u32| row(self.rows[*last as usize].before);
        std::iter::successors(row(self.values[number].last), next).map(|row| row as usize)
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
        let start = self.start as usize;
        start..start + self.bytes as usize
    }

    fn folded(&self) -> Range<usize> {
        let start = self.raw().end;
        start..start + self.bytes as usize
    }
}

/// Rows and bytes of a batch are counted in 32 bits.
fn short(count: usize) -> u32 {
    u32::try_from(count).expect("a batch is smaller than 2 GiB")
}

/// Of the bytes nearest to both ends, which are all bytes of most values: cheap however long a value is.
fn hash(value: &[u8]) -> u64 {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let (pairs, rest) = value[..value.len().min(HASHED)].as_chunks::<16>();
    let ends = value[value.len().saturating_sub(HASHED)..].as_chunks::<16>().0;
    let ends = if value.len() > HASHED { ends } else { &[] };
    let mut lanes = [value.len() as u64 ^ end(value), start(rest) ^ end(rest).rotate_left(21)];
    for pair in pairs.iter().chain(ends) {
        let words = pair.as_chunks::<8>().0;
        for (lane, word) in lanes.iter_mut().zip(words) {
            *lane = (lane.rotate_left(29) ^ u64::from_le_bytes(*word)).wrapping_mul(MIX);
        }
    }
    let mixed = (lanes[0].rotate_left(23) ^ lanes[1]).wrapping_mul(MIX);
    (mixed ^ mixed >> 32).wrapping_mul(MIX)
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

    fn dictionary(rows: &[Option<&str>]) -> Dictionary {
        let mut dictionary = Dictionary::default();
        dictionary.load(batch(rows).text(0).expect("a text column"));
        dictionary
    }

    fn values(dictionary: &Dictionary) -> Vec<&[u8]> {
        dictionary.present().iter().map(|number| dictionary.folded(*number as usize)).collect()
    }

    #[test]
    fn equal_values_are_one_and_rows_without_a_value_are_none() {
        let found = dictionary(&[Some("A"), None, Some("b"), Some("A"), Some(""), Some("A")]);
        assert_eq!(values(&found), [&b"a"[..], b"b", b""]);
        assert_eq!((found.raw(0), found.folded(0)), (&b"A"[..], &b"a"[..]));
        assert_eq!(found.rows(0).collect::<Vec<_>>(), [5, 3, 0]);
        let numbers: Vec<_> = (0..6).map(|row| found.number(row)).collect();
        assert_eq!(numbers, [Some(0), None, Some(1), Some(0), Some(2), Some(0)]);
        assert_eq!(found.absent().collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn values_that_differ_only_in_case_are_different_values() {
        assert_eq!(dictionary(&[Some("Cmd"), Some("cmd")]).present().len(), 2);
    }

    #[test]
    fn a_value_stays_known_and_is_in_no_row_of_a_batch_that_does_not_have_it() {
        let mut found = dictionary(&[Some("a"), Some("b")]);
        found.rules(0, |_| Box::new([7]));
        found.load(batch(&[Some("c"), None, Some("a")]).text(0).expect("a text column"));
        assert_eq!(values(&found), [b"c", b"a"]);
        assert_eq!(found.rules(0, |_| unreachable!("known already")), [7]);
        assert_eq!([0, 1].map(|number| found.rows(number).collect::<Vec<_>>()), [vec![2], vec![]]);
    }

    #[test]
    fn with_too_many_values_or_bytes_it_begins_anew() {
        let many: Vec<String> = (0..=KEPT_VALUES).map(|number| number.to_string()).collect();
        let many: Vec<_> = many.iter().map(|value| Some(value.as_str())).collect();
        let long = "x".repeat(KEPT_BYTES / 2);
        let one = batch(&[Some("y")]);
        for (kept, rows) in [(true, &many[1..]), (false, &many), (true, &[Some(&*long)])] {
            let mut found = dictionary(rows);
            found.load(one.text(0).expect("a text column"));
            assert_eq!(values(&found), [b"y"]);
            assert_eq!(found.values.len() > 1, kept, "{} values", rows.len());
        }
        let mut found = dictionary(&[Some(&*long), Some("x")]);
        found.load(one.text(0).expect("a text column"));
        assert_eq!((found.values.len(), found.texts.len()), (1, 2));
    }

    #[test]
    fn values_that_fall_into_one_slot_stay_different() {
        let long: Vec<String> = (0..600)
            .map(|number| format!("{}{number:04}{}", "x".repeat(20), "y".repeat(100)))
            .collect();
        let rows: Vec<_> = long.iter().map(|value| Some(value.as_str())).collect();
        let found = dictionary(&rows);
        for (row, value) in long.iter().enumerate() {
            assert_eq!(found.folded(found.number(row).expect("a value")), value.as_bytes());
        }
    }
}
