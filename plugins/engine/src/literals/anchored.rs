//! Literals at the start or at the end of a value: each is known by the bytes nearest to that end, so
//! that a value costs a few look-ups and no more.

use rustc_hash::FxHashMap;

use super::literal::{Anchor, Literal};
use super::seen::Seen;
use crate::same::{begins_with, ends_with};

/// Bytes by which literals are known, the most first: as many as a literal has of them.
const KEYS: [usize; 6] = [8, 6, 4, 3, 2, 1];
/// Bits of each bitmap.
const BITS: u32 = 10;

/// Literals of a column that are not just anywhere.
#[derive(Debug, Default)]
pub(super) struct Anchored {
    starts: End,
    /// What must be the whole value is found by its end.
    ends: End,
}

/// Literals at one end, by the number of bytes that they are known by; none if there are no such.
#[derive(Debug, Default)]
struct End([Option<Keyed>; KEYS.len()]);

/// Literals that are known by the same number of bytes.
#[derive(Debug)]
struct Keyed {
    /// Which hashes of keys there are: says no almost always.
    bitmap: Box<[u64; 1 << (BITS - 6)]>,
    literals: FxHashMap<u64, Vec<Needle>>,
}

#[derive(Debug)]
struct Needle {
    number: u32,
    text: Box<[u8]>,
    whole: bool,
}

impl Anchored {
    pub(super) fn new<'a>(needles: impl Iterator<Item = (u32, &'a Literal)>) -> Self {
        let mut anchored = Anchored::default();
        for (number, literal) in needles {
            let text = &*literal.text;
            let key = KEYS.iter().position(|bytes| *bytes <= text.len());
            let key = key.expect("a literal has a byte");
            let (end, word) = match literal.anchor {
                Anchor::Prefix => (&mut anchored.starts, first(text, KEYS[key])),
                _ => (&mut anchored.ends, last(text, KEYS[key])),
            };
            let whole = literal.anchor == Anchor::Exact;
            let needle = Needle { number, text: text.into(), whole };
            end.0[key].get_or_insert_default().add(word, needle);
        }
        anchored
    }

    pub(super) fn search(&self, value: &[u8], seen: &mut Seen) {
        self.starts.search(value, first, seen, |text| begins_with(value, text));
        self.ends.search(value, last, seen, |text| ends_with(value, text));
    }
}

impl End {
    fn search(
        &self,
        value: &[u8],
        key: impl Fn(&[u8], usize) -> u64,
        seen: &mut Seen,
        is_at_end: impl Fn(&[u8]) -> bool,
    ) {
        for (keyed, bytes) in self.0.iter().zip(KEYS) {
            let Some(keyed) = keyed else { continue };
            if bytes > value.len() {
                continue;
            }
            for needle in keyed.named(key(value, bytes)) {
                if is_at_end(&needle.text) && (!needle.whole || needle.text.len() == value.len()) {
                    seen.note(needle.number);
                }
            }
        }
    }
}

impl Default for Keyed {
    fn default() -> Self {
        Keyed { bitmap: Box::new([0; 1 << (BITS - 6)]), literals: FxHashMap::default() }
    }
}

impl Keyed {
    fn add(&mut self, key: u64, needle: Needle) {
        let place = place(key);
        self.bitmap[place / 64] |= 1 << (place % 64);
        self.literals.entry(key).or_default().push(needle);
    }

    fn named(&self, key: u64) -> impl Iterator<Item = &Needle> {
        let place = place(key);
        let may = self.bitmap[place / 64] >> (place % 64) & 1 == 1;
        may.then(|| self.literals.get(&key)).flatten().into_iter().flatten()
    }
}

fn place(key: u64) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - BITS)) as usize
}

/// The first bytes of a text, which has so many.
fn first(text: &[u8], bytes: usize) -> u64 {
    let word = text.first_chunk().map(|word| u64::from_le_bytes(*word));
    let word = word.unwrap_or_else(|| spelt(text.iter().rev()));
    word << (64 - 8 * bytes)
}

/// The last bytes of a text, which has so many.
fn last(text: &[u8], bytes: usize) -> u64 {
    let word = text.last_chunk().map(|word| u64::from_be_bytes(*word));
    let word = word.unwrap_or_else(|| spelt(text.iter()));
    word << (64 - 8 * bytes)
}

/// Fewer than eight bytes, the last one lowest.
fn spelt<'a>(bytes: impl Iterator<Item = &'a u8>) -> u64 {
    bytes.fold(0, |word, byte| word << 8 | u64::from(*byte))
}
