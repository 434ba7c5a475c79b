//! Literals anywhere in a value: each is known by two grams, runs of a few bytes, that lie one byte
//! apart, so that one of them begins at an even place wherever the literal is. The grams at a value's
//! even places are looked up in a small bitmap, which says no almost always; only where it does not
//! is a literal compared.

use rustc_hash::FxHashMap;

use super::literal::Literal;
use super::rarity;
use super::seen::Seen;
use crate::same::begins_with;

/// Bytes from one place that is looked up to the next.
const STRIDE: usize = 2;
/// Places that are looked up together, as many grams as a word of 8 bytes has at even places.
const TOGETHER: usize = 3;
/// More literals than these make the bitmap of their size too full.
const SMALL: usize = 250;
const MEDIUM: usize = 4_000;
/// Literals of one gram before the next rarest gram is taken instead.
const CROWDED: usize = 4;
/// More than any gram has.
const CROWDED_BITS: f32 = 100.0;

/// Literals of a column that may be anywhere, by grams of so many bytes, at most four; each literal
/// has at least one byte more.
#[derive(Debug)]
pub(super) struct Grams<const BYTES: usize> {
    bitmap: AnyBitmap,
    literals: FxHashMap<u32, Vec<Needle>>,
}

/// The smaller, the nearer to the processor.
#[derive(Debug)]
enum AnyBitmap {
    Small(Bitmap<{ 1 << 10 }>),
    Medium(Bitmap<{ 1 << 13 }>),
    Large(Bitmap<{ 1 << 16 }>),
}

/// One bit for each hash of a gram, in so many words, a power of two.
#[derive(Debug)]
struct Bitmap<const WORDS: usize>(Box<[u32; WORDS]>);

#[derive(Debug)]
struct Needle {
    number: u32,
    text: Box<[u8]>,
    /// Where the gram is in the text.
    offset: usize,
}

impl<const BYTES: usize> Grams<BYTES> {
    pub(super) fn new<'a>(needles: impl Iterator<Item = (u32, &'a Literal)>) -> Self {
        let mut literals: FxHashMap<u32, Vec<Needle>> = FxHashMap::default();
        let mut count = 0;
        for (number, literal) in needles {
            let first = rarest::<BYTES>(&literal.text, |gram| {
                literals.get(&gram).is_some_and(|crowd| crowd.len() >= CROWDED)
            });
            for offset in [first, first + 1] {
                let gram = gram::<BYTES>(&literal.text[offset..]).expect("a byte more than a gram");
                let text = literal.text.clone().into();
                literals.entry(gram).or_default().push(Needle { number, text, offset });
            }
            count += 1;
        }
        let bitmap = match count {
            count if count <= SMALL => AnyBitmap::Small(Bitmap::new(literals.keys())),
            count if count <= MEDIUM => AnyBitmap::Medium(Bitmap::new(literals.keys())),
            _ => AnyBitmap::Large(Bitmap::new(literals.keys())),
        };
        Grams { bitmap, literals }
    }

    pub(super) fn search(&self, value: &[u8], seen: &mut Seen) {
        if self.literals.is_empty() {
            return;
        }
        let compare = |place: usize| self.compare(value, place, seen);
        match &self.bitmap {
            AnyBitmap::Small(bitmap) => bitmap.search::<BYTES>(value, compare),
            AnyBitmap::Medium(bitmap) => bitmap.search::<BYTES>(value, compare),
            AnyBitmap::Large(bitmap) => bitmap.search::<BYTES>(value, compare),
        }
    }

    fn compare(&self, value: &[u8], place: usize, seen: &mut Seen) {
        let needles = gram::<BYTES>(&value[place..]).and_then(|gram| self.literals.get(&gram));
        let Some(needles) = needles else { return };
        for needle in needles {
            if needle.is_at(value, place) {
                seen.note(needle.number);
            }
        }
    }
}

impl<const WORDS: usize> Bitmap<WORDS> {
    fn new<'a>(grams: impl Iterator<Item = &'a u32>) -> Self {
        let mut words = Box::new([0; WORDS]);
        for gram in grams {
            let place = Self::place(*gram);
            words[place / 32] |= 1 << (place % 32);
        }
        Bitmap(words)
    }

    /// Calls `compare` with every even place of the value at which there may be a gram.
    fn search<const BYTES: usize>(&self, value: &[u8], mut compare: impl FnMut(usize)) {
        let mut start = 0;
        while let Some(word) = value[start..].first_chunk::<8>() {
            let word = u64::from_le_bytes(*word);
            // Three grams of a word, without a branch between them.
            let may =
                [word, word >> 16, word >> 32].map(|word| self.may(masked::<BYTES>(word as u32)));
            if (may[0] | may[1] | may[2]) & 1 != 0 {
                let places = may.into_iter().zip((start..).step_by(STRIDE));
                places.filter(|(may, _)| may & 1 != 0).for_each(|(_, place)| compare(place));
            }
            start += TOGETHER * STRIDE;
        }
        while let Some(gram) = value.get(start..).and_then(gram::<BYTES>) {
            if self.may(gram) & 1 != 0 {
                compare(start);
            }
            start += STRIDE;
        }
    }

    /// In the lowest bit: whether a literal may have the gram.
    #[inline]
    fn may(&self, gram: u32) -> u32 {
        let place = Self::place(gram);
        self.0[place / 32] >> (place % 32)
    }

    #[inline]
    fn place(gram: u32) -> usize {
        let bits = WORDS.ilog2() + 5;
        (gram.wrapping_mul(0x9e37_79b1) >> (32 - bits)) as usize
    }
}

impl Needle {
    fn is_at(&self, value: &[u8], gram: usize) -> bool {
        let start = gram.checked_sub(self.offset);
        start.is_some_and(|start| begins_with(&value[start..], &self.text))
    }
}

/// The gram that a text begins with.
#[inline]
fn gram<const BYTES: usize>(text: &[u8]) -> Option<u32> {
    let bytes = text.first_chunk::<BYTES>()?;
    Some(bytes.iter().rev().fold(0, |gram, byte| gram << 8 | u32::from(*byte)))
}

/// The gram that four bytes begin with.
#[inline]
fn masked<const BYTES: usize>(word: u32) -> u32 {
    word & (u32::MAX >> (32 - 8 * BYTES))
}

/// The place of the rarest gram whose neighbour is rare as well, neither of them crowded, or of the
/// rarest of all.
fn rarest<const BYTES: usize>(text: &[u8], is_crowded: impl Fn(u32) -> bool) -> usize {
    let bits = |piece: &[u8]| {
        let bits = rarity::gram_bits(piece);
        let crowded = gram::<BYTES>(piece).is_some_and(&is_crowded);
        if crowded { bits - CROWDED_BITS } else { bits }
    };
    let grams: Vec<f32> = text.windows(BYTES).map(bits).collect();
    let places = grams.windows(2).map(|pair| pair[0].min(pair[1])).enumerate();
    places.max_by(|a, b| a.1.total_cmp(&b.1)).expect("a byte more than a gram").0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::literals::Anchor;

    fn found<const BYTES: usize>(literals: &[Literal], value: &[u8]) -> Vec<u32> {
        let mut seen = Seen::default();
        Grams::<BYTES>::new((0..).zip(literals)).search(value, &mut seen);
        let mut found: Vec<_> = seen.drain().collect();
        found.sort_unstable();
        found
    }

    proptest! {
        #[test]
        fn a_literal_is_found_wherever_it_is(
            texts in proptest::collection::vec("[ab/]{4,9}", 1..20),
            value in "[ab/]{0,40}",
        ) {
            let literals: Vec<_> =
                texts.iter().map(|text| Literal::new(text.as_bytes(), Anchor::Contains)).collect();
            let is_there = |(_, text): &(u32, &String)| value.contains(text.as_str());
            let there = |least: usize| {
                let long = (0..).zip(&texts).filter(|(_, text)| text.len() >= least);
                long.filter(is_there).map(|(number, _)| number).collect::<Vec<u32>>()
            };
            prop_assert_eq!(found::<3>(&literals, value.as_bytes()), there(4));
            let long = literals.iter().filter(|literal| literal.text.len() > 4);
            let long: Vec<_> = long.cloned().collect();
            prop_assert_eq!(found::<4>(&long, value.as_bytes()).len(), there(5).len());
        }
    }
}
