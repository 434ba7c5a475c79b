//! Literals anywhere in a value: each is known by the rarest four bytes in it. Every four bytes of a
//! value are looked up in a small bitmap, which says no almost always; only where it does not is a
//! literal compared.

use rustc_hash::FxHashMap;

use super::literal::Literal;
use super::rarity;
use super::seen::Seen;

/// Bytes of a gram; a shorter literal has none.
pub(super) const BYTES: usize = 4;
/// Positions that are looked up together, as many as a word of 8 bytes has grams that end in it.
const TOGETHER: usize = 4;
/// More literals than these make the bitmap of their size too full.
const SMALL: usize = 500;
const MEDIUM: usize = 8_000;
/// Literals of one gram before the next rarest gram is taken instead.
const CROWDED: usize = 4;
/// More than any gram has.
const CROWDED_BITS: f32 = 100.0;

/// Literals of a column that may be anywhere.
#[derive(Debug)]
pub(super) struct Grams {
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
            AnyBitmap::Small(bitmap) => bitmap.search(value, compare),
            AnyBitmap::Medium(bitmap) => bitmap.search(value, compare),
            AnyBitmap::Large(bitmap) => bitmap.search(value, compare),
        }
    }

    fn compare(&self, value: &[u8], place: usize, seen: &mut Seen) {
        for needle in self.literals.get(&gram(&value[place..])).into_iter().flatten() {
            if !seen.has(needle.number) && needle.is_at(value, place) {
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

    /// Calls `compare` with every place of the value at which there may be a gram.
    fn search(&self, value: &[u8], mut compare: impl FnMut(usize)) {
        let mut start = 0;
        while let Some(word) = value[start..].first_chunk::<8>() {
            let word = u64::from_le_bytes(*word);
            // Four grams of a word, without a branch between them.
            let (a, b) = (self.may(word as u32), self.may((word >> 8) as u32));
            let (c, d) = (self.may((word >> 16) as u32), self.may((word >> 24) as u32));
            if (a | b | c | d) & 1 != 0 {
                let places = [a, b, c, d].into_iter().zip(start..).filter(|(may, _)| may & 1 != 0);
                places.for_each(|(_, place)| compare(place));
            }
            start += TOGETHER;
        }
        while let Some(gram) = value[start..].first_chunk() {
            if self.may(u32::from_le_bytes(*gram)) & 1 != 0 {
                compare(start);
            }
            start += 1;
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
        start.is_some_and(|start| value[start..].starts_with(&self.text))
    }
}

fn gram(text: &[u8]) -> u32 {
    u32::from_le_bytes(*text.first_chunk().expect("four bytes"))
}

/// The place of the rarest gram that is not crowded, or of the rarest of all.
fn rarest(text: &[u8], is_crowded: impl Fn(u32) -> bool) -> usize {
    let bits = |piece: &[u8]| {
        let bits = rarity::gram_bits(piece);
        if is_crowded(gram(piece)) { bits - CROWDED_BITS } else { bits }
    };
    let places = text.windows(BYTES).map(bits).enumerate();
    places.max_by(|a, b| a.1.total_cmp(&b.1)).expect("a text of four bytes at least").0
}
