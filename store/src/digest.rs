//! What the columns of a segment have, in few bytes: the least and the greatest number, and of texts a
//! filter that knows which ones are certainly not there.
//!
//! ```text
//! offset  bytes  what
//!      0      4  CRC32C of everything from offset 4, little-endian
//!      4      -  as postcard: for each column that has a value its field and its summary
//! ```
//!
//! A filter is a Bloom filter: 10 bits for each different text, ASCII letters in lower case, of which 4
//! are set by a text. Invariant: what a digest denies is not in the segment; a digest that is damaged
//! denies nothing.

use daemoneye_bus::event::{Batch, Column, Field};
use serde::{Deserialize, Serialize};

/// A segment of fewer events has no digest: it is read as fast.
const FEWEST_ROWS: usize = 64;
const BITS_PER_TEXT: usize = 10;
const BITS_SET: u32 = 4;

/// What is known of a segment's columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Digest(Vec<(u8, Summary)>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Summary {
    /// The least and the greatest.
    Integers(i64, i64),
    Floats,
    /// A filter.
    Texts(#[serde(with = "serde_bytes")] Vec<u8>),
}

impl Digest {
    /// Of a batch that is large enough to have one.
    pub(crate) fn of(batch: &Batch) -> Option<Self> {
        if batch.rows() < FEWEST_ROWS {
            return None;
        }
        let summaries = batch.columns().iter();
        Some(Digest(summaries.map(|(field, column)| (field.number(), summary(column))).collect()))
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = postcard::to_extend(&self.0, vec![0; 4]).expect("a digest is plain data");
        let checksum = crc32c::crc32c(&bytes[4..]);
        bytes[..4].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Nothing if the bytes have changed.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (checksum, body) = bytes.split_first_chunk()?;
        let is_whole = crc32c::crc32c(body) == u32::from_le_bytes(*checksum);
        is_whole.then(|| postcard::from_bytes(body).ok()).flatten().map(Digest)
    }

    /// Whether any event has a value of this field.
    pub fn has(&self, field: Field) -> bool {
        self.summary(field).is_some()
    }

    /// Whether an event may have this text, whatever the case of its ASCII letters.
    pub fn may_have_text(&self, field: Field, text: &str) -> bool {
        match self.summary(field) {
            Some(Summary::Texts(filter)) => {
                let hash = crc32c::crc32c(text.to_ascii_lowercase().as_bytes());
                filter.is_empty()
                    || places(hash, filter.len()).all(|bit| filter[bit / 8] >> (bit % 8) & 1 == 1)
            }
            Some(_) => true,
            None => false,
        }
    }

    /// The least and the greatest number that events have, of a field with whole numbers.
    pub fn integers(&self, field: Field) -> Option<(i64, i64)> {
        match self.summary(field)? {
            Summary::Integers(least, greatest) => Some((*least, *greatest)),
            _ => None,
        }
    }

    fn summary(&self, field: Field) -> Option<&Summary> {
        let found = self.0.iter().find(|(number, _)| *number == field.number());
        found.map(|(_, summary)| summary)
    }
}

fn summary(column: &Column) -> Summary {
    match column {
        Column::Integers { validity, values } => {
            let valid = values.iter().enumerate().filter(|(row, _)| validity.is_valid(*row));
            let (least, greatest) = valid
                .fold((i64::MAX, i64::MIN), |(least, greatest), (_, v)| {
                    (least.min(*v), greatest.max(*v))
                });
            Summary::Integers(least, greatest)
        }
        Column::Floats { .. } => Summary::Floats,
        Column::Text { offsets, bytes, .. } => Summary::Texts(filter(offsets, bytes)),
    }
}

/// Rows without a text count as empty texts: that denies nothing.
fn filter(offsets: &[u32], bytes: &[u8]) -> Vec<u8> {
    let folded = bytes.to_ascii_lowercase();
    let text = |[start, end]: &[u32; 2]| crc32c::crc32c(&folded[*start as usize..*end as usize]);
    let mut hashes: Vec<u32> = offsets.array_windows().map(text).collect();
    hashes.sort_unstable();
    hashes.dedup();
    let mut filter = vec![0; (hashes.len() * BITS_PER_TEXT).div_ceil(8)];
    let length = filter.len();
    for bit in hashes.into_iter().flat_map(|hash| places(hash, length)) {
        filter[bit / 8] |= 1 << (bit % 8);
    }
    filter
}

/// The bits of a hash in a filter of so many bytes.
fn places(hash: u32, length: usize) -> impl Iterator<Item = usize> {
    // The bits of a CRC of similar texts are similar: mixed as the last step of SplitMix64 does.
    let mixed = (u64::from(hash) ^ u64::from(hash) << 32).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    let (first, step) = (mixed >> 32, mixed & 0xffff_ffff | 1);
    let bits = (length * 8).max(1) as u64;
    (0..u64::from(BITS_SET)).map(move |n| ((first + n * step) % bits) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use daemoneye_bus::event::{Event, Kind};
    use proptest::prelude::*;

    fn batch(rows: usize) -> Batch {
        let event = |row: usize| {
            let number = i64::try_from(row).expect("small");
            let event = Event::new(Kind::Exec, 1_000 + number).with(Field::Name, format!("N{row}"));
            if row.is_multiple_of(3) { event.with(Field::Pid, number - 7) } else { event }
        };
        Batch::from_events(&(0..rows).map(event).collect::<Vec<_>>()).expect("events")
    }

    fn digest(rows: usize) -> Digest {
        Digest::of(&batch(rows)).expect("a batch that is large enough")
    }

    #[test]
    fn few_rows_have_no_digest() {
        assert!(Digest::of(&batch(FEWEST_ROWS - 1)).is_none());
        assert!(Digest::of(&batch(FEWEST_ROWS)).is_some());
    }

    #[test]
    fn numbers_have_bounds_and_what_no_event_has_is_denied() {
        let digest = digest(100);
        assert_eq!(digest.integers(Field::Time), Some((1_000, 1_099)));
        assert_eq!(digest.integers(Field::Pid), Some((-7, 92)));
        assert!(!digest.has(Field::CommandLine));
        assert!(!digest.may_have_text(Field::CommandLine, "x"));
        assert_eq!(digest.integers(Field::ParentPid), None);
    }

    #[test]
    fn every_text_may_be_there_and_hardly_any_other() {
        let digest = digest(1_000);
        assert!((0..1_000).all(|n| digest.may_have_text(Field::Name, &format!("n{n}"))));
        let others =
            (1_000..11_000).filter(|n| digest.may_have_text(Field::Name, &format!("N{n}")));
        let others = others.count();
        assert!(others < 300, "{others} of 10,000");
    }

    #[test]
    fn a_digest_is_read_back_and_a_flipped_bit_makes_it_none() {
        let digest = digest(FEWEST_ROWS);
        let bytes = digest.encode();
        assert_eq!(Digest::decode(&bytes), Some(digest));
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Digest::decode(&damaged), None, "bit {bit}");
        }
        assert_eq!(Digest::decode(&bytes[..3]), None);
    }

    proptest! {
        #[test]
        fn no_text_that_is_there_is_denied(texts in prop::collection::vec(".*", FEWEST_ROWS..200)) {
            let event = |text: &String| Event::new(Kind::Exec, 1).with(Field::Name, text.as_str());
            let batch = Batch::from_events(&texts.iter().map(event).collect::<Vec<_>>());
            let digest = Digest::of(&batch.expect("events")).expect("large enough");
            for text in texts {
                prop_assert!(digest.may_have_text(Field::Name, &text.to_ascii_uppercase()));
            }
        }
    }
}
