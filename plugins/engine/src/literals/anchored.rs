//! Literals at the start or at the end of a value: looked up by a hash that grows byte by byte from
//! that end, so that a value costs no more than its first and last few bytes.

use rustc_hash::FxHashMap;

use super::literal::{Anchor, Literal};
use super::seen::Seen;

/// Literals of a column that are not just anywhere.
#[derive(Debug, Default)]
pub(super) struct Anchored {
    starts: End,
    /// From their last byte to their first. What must be the whole value is found by its end.
    ends: End,
}

/// Literals at one end.
#[derive(Debug)]
struct End {
    /// By the byte that is furthest from the end: bit `n` is set if there is such a literal of `n`
    /// bytes; none is longer than 31.
    lengths: Box<[u32; 256]>,
    /// By the byte right at the end: bytes of the longest literal with it.
    longest: Box<[u8; 256]>,
    literals: FxHashMap<u64, Vec<Needle>>,
}

impl Default for End {
    fn default() -> Self {
        let (lengths, longest) = (Box::new([0; 256]), Box::new([0; 256]));
        End { lengths, longest, literals: FxHashMap::default() }
    }
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
            let (first, last) = (literal.text.first(), literal.text.last());
            let (first, last) = first.copied().zip(last.copied()).expect("a literal has a byte");
            let (end, hash, nearest, furthest) = match literal.anchor {
                Anchor::Prefix => (&mut anchored.starts, hash(literal.text.iter()), first, last),
                _ => (&mut anchored.ends, hash(literal.text.iter().rev()), last, first),
            };
            end.lengths[usize::from(furthest)] |= 1 << literal.text.len();
            let longest = &mut end.longest[usize::from(nearest)];
            *longest = (*longest).max(literal.text.len() as u8);
            let whole = literal.anchor == Anchor::Exact;
            let text = literal.text.clone().into();
            end.literals.entry(hash).or_default().push(Needle { number, text, whole });
        }
        anchored
    }

    pub(super) fn search(&self, value: &[u8], seen: &mut Seen) {
        self.starts.search(value.iter(), seen, |text| value.starts_with(text), value.len());
        self.ends.search(value.iter().rev(), seen, |text| value.ends_with(text), value.len());
    }
}

impl End {
    fn search<'a>(
        &self,
        bytes: impl Iterator<Item = &'a u8>,
        seen: &mut Seen,
        is_at_end: impl Fn(&[u8]) -> bool,
        length: usize,
    ) {
        let mut bytes = bytes.peekable();
        let longest = bytes.peek().map_or(0, |byte| self.longest[usize::from(**byte)]);
        let mut hash = 0;
        for (count, byte) in bytes.take(usize::from(longest)).enumerate() {
            hash = grow(hash, *byte);
            if self.lengths[usize::from(*byte)] >> (count + 1) & 1 == 0 {
                continue;
            }
            for needle in self.literals.get(&hash).into_iter().flatten() {
                if is_at_end(&needle.text) && (!needle.whole || needle.text.len() == length) {
                    seen.note(needle.number);
                }
            }
        }
    }
}

fn hash<'a>(bytes: impl Iterator<Item = &'a u8>) -> u64 {
    bytes.fold(0, |hash, byte| grow(hash, *byte))
}

fn grow(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
}
