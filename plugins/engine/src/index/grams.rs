//! Literals anywhere in a value: each is known by the rarest four bytes in it. Every four bytes of a
//! value are looked up in a small bitmap, which says no almost always; only where it does not is a
//! literal compared.

use rustc_hash::FxHashMap;

use super::column::Seen;
use super::literal::Literal;
use super::rarity;

/// Bytes of a gram; a shorter literal has none.
pub(super) const BYTES: usize = 4;
/// Positions that are looked up together, as many as a word of 8 bytes has grams that end in it.
const TOGETHER: usize = 4;
/// Bits of the bitmap for each literal, and the least and the most bits, as powers of two.
const BITS_PER_LITERAL: usize = 64;
const BITMAP_BITS: (u32, u32) = (12, 21);
/// Literals of one gram before the next rarest gram is taken instead.
const CROWDED: usize = 4;
/// More than any gram has.
const CROWDED_BITS: f32 = 100.0;

/// Literals of a column that may be anywhere.
#[derive(Debug, Default)]
pub(super) struct Grams {
    bitmap: Vec<u32>,
    /// Of a hash, so that what is left is a place in the bitmap.
    shift: u32,
    literals: FxHashMap<u32, Vec<Needle>>,
}

#[derive(Debug)]
struct Needle {
    number: u32,
    text: Box<[u8]>,
    /// Where the gram is in the text.
    offset: usize,
}

impl Grams {
    pub(super) fn new<'a>(needles: impl Iterator<Item = (u32, &'a Literal)>) -> Self {
        let mut literals: FxHashMap<u32, Vec<Needle>> = FxHashMap::default();
        let mut count = 0;
        for (number, literal) in needles {
            let offset = rarest(&literal.text, |gram| {
                literals.get(&gram).is_some_and(|crowd| crowd.len() >= CROWDED)
            });
            let gram = gram(&literal.text[offset..]);
            let text = literal.text.clone().into();
            literals.entry(gram).or_default().push(Needle { number, text, offset });
            count += 1;
        }
        let bits = (count * BITS_PER_LITERAL).next_power_of_two().ilog2();
        let bits = bits.clamp(BITMAP_BITS.0, BITMAP_BITS.1);
        let mut grams = Grams { bitmap: vec![0; 1 << (bits - 5)], shift: 32 - bits, literals };
        for gram in grams.literals.keys() {
            let place = mix(*gram) >> grams.shift;
            grams.bitmap[place as usize / 32] |= 1 << (place % 32);
        }
        grams
    }

    pub(super) fn search(&self, value: &[u8], seen: &mut Seen) {
        if self.literals.is_empty() || value.len() < BYTES {
            return;
        }
        let mut start = 0;
        while let Some(word) = value[start..].first_chunk::<8>() {
            let word = u64::from_le_bytes(*word);
            // Four grams of a word, without a branch between them.
            let maybe =
                self.may(word) | self.may(word >> 8) | self.may(word >> 16) | self.may(word >> 24);
            if maybe & 1 != 0 {
                (start..start + TOGETHER).for_each(|place| self.compare(value, place, seen));
            }
            start += TOGETHER;
        }
        (start..=value.len() - BYTES).for_each(|place| self.compare(value, place, seen));
    }

    /// In the lowest bit: whether a literal may have the lowest four bytes of the word.
    #[inline]
    fn may(&self, word: u64) -> u32 {
        let place = mix(word as u32) >> self.shift;
        self.bitmap[place as usize / 32] >> (place % 32)
    }

    fn compare(&self, value: &[u8], place: usize, seen: &mut Seen) {
        let gram = gram(&value[place..]);
        if self.may(u64::from(gram)) & 1 == 0 {
            return;
        }
        for needle in self.literals.get(&gram).into_iter().flatten() {
            if !seen.has(needle.number) && needle.is_at(value, place) {
                seen.note(needle.number);
            }
        }
    }
}

impl Needle {
    fn is_at(&self, value: &[u8], gram: usize) -> bool {
        let start = gram.checked_sub(self.offset);
        start.is_some_and(|start| value[start..].starts_with(&self.text))
    }
}

fn gram(text: &[u8]) -> u32 {
    u32::from_le_bytes(*text.first_chunk().expect("four bytes"))
}

fn mix(gram: u32) -> u32 {
    gram.wrapping_mul(0x9e37_79b1)
}

/// The place of the rarest gram that is not crowded, or of the rarest of all.
fn rarest(text: &[u8], is_crowded: impl Fn(u32) -> bool) -> usize {
    let bits = |piece: &[u8]| {
        let bits = rarity::gram_bits(piece.try_into().expect("a window of four bytes"));
        if is_crowded(gram(piece)) { bits - CROWDED_BITS } else { bits }
    };
    let places = text.windows(BYTES).map(bits).enumerate();
    places.max_by(|a, b| a.1.total_cmp(&b.1)).expect("a text of four bytes at least").0
}
