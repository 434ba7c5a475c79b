//! Many texts looked for in a value at once.
//!
//! ```text
//! literal   a text, and where in a value it must be
//! rarity    how rare it is
//! anchored  those at the start or the end of a value
//! grams     those anywhere in it
//! short     those of them that are very short
//! seen      which of them a value has
//! ```

mod anchored;
mod grams;
mod literal;
pub(crate) mod rarity;
mod seen;
mod short;

use std::ops::RangeInclusive;

use aho_corasick::BuildError;

use self::anchored::Anchored;
use self::grams::Grams;
use self::short::Short;

pub(crate) use literal::{Anchor, Literal};
pub(crate) use seen::Seen;

/// Texts, numbered from 0 in the order in which they came.
#[derive(Debug)]
pub(crate) struct Literals {
    anchored: Anchored,
    long: Grams<4>,
    /// Those of exactly four bytes.
    quads: Grams<3>,
    short: Short,
}

impl Literals {
    /// No text is empty.
    pub(crate) fn new(literals: &[Literal]) -> Result<Self, BuildError> {
        let numbered = || (0_u32..).zip(literals);
        let contains = || numbered().filter(|(_, literal)| literal.anchor == Anchor::Contains);
        let bytes = |range: RangeInclusive<usize>| {
            contains().filter(move |(_, literal)| range.contains(&literal.text.len()))
        };
        Ok(Literals {
            anchored: Anchored::new(numbered().filter(|(_, l)| l.anchor != Anchor::Contains)),
            long: Grams::new(bytes(5..=usize::MAX)),
            quads: Grams::new(bytes(4..=4)),
            short: Short::new(bytes(0..=3))?,
        })
    }

    /// Notes every text that the folded value has.
    pub(crate) fn search(&self, value: &[u8], seen: &mut Seen) {
        self.anchored.search(value, seen);
        self.long.search(value, seen);
        self.quads.search(value, seen);
        self.short.search(value, seen);
    }
}
