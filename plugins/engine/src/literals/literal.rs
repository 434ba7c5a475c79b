//! A text that must occur, and where.

/// Most bytes of a literal in the index. A longer one is represented by a part of it: the whole is
/// judged later anyway, and the automaton stays small.
const MAX_BYTES: usize = 20;
/// Parts of a long literal that are compared for their rarity, besides the last.
const PARTS: usize = 8;

/// Where in a value the literal must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Anchor {
    Contains,
    Prefix,
    Suffix,
    Exact,
}

/// A text of which the folded value must have a copy.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Literal {
    /// Folded, at least one byte.
    pub(crate) text: Vec<u8>,
    pub(crate) anchor: Anchor,
}

impl Literal {
    pub(crate) fn new(text: &[u8], anchor: Anchor) -> Self {
        Literal { text: text.to_ascii_lowercase(), anchor }
    }

    /// The rarest part that is short enough, by `bits`.
    pub(crate) fn shortened(self, bits: impl Fn(&[u8], Anchor) -> f32) -> Literal {
        if self.text.len() <= MAX_BYTES {
            return self;
        }
        let last = self.text.len() - MAX_BYTES;
        let part = |start: usize| {
            let anchor = self.anchor.of_part(start == 0, start == last);
            (&self.text[start..start + MAX_BYTES], anchor)
        };
        let rarity = |start: usize| {
            let (text, anchor) = part(start);
            (start, bits(text, anchor))
        };
        let starts = (0..last).step_by(last.div_ceil(PARTS)).chain([last]);
        let rarest = starts.map(rarity).max_by(|a, b| a.1.total_cmp(&b.1));
        let (text, anchor) = part(rarest.expect("at least one part").0);
        Literal { text: text.to_vec(), anchor }
    }
}

impl Anchor {
    /// Where a part must be that is at the start of the literal, at its end, or at neither.
    fn of_part(self, at_start: bool, at_end: bool) -> Anchor {
        match self {
            Anchor::Prefix | Anchor::Exact if at_start => Anchor::Prefix,
            Anchor::Suffix | Anchor::Exact if at_end => Anchor::Suffix,
            _ => Anchor::Contains,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_keeps_the_anchor_of_the_end_that_it_is_at() {
        let long = || Literal::new(b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", Anchor::Exact);
        let has = |byte: u8| move |text: &[u8], _| f32::from(u8::from(text.contains(&byte)));
        assert_eq!(long().shortened(has(b'b')).anchor, Anchor::Suffix);
        let first = |_: &[u8], anchor| f32::from(u8::from(anchor == Anchor::Prefix));
        assert_eq!(long().shortened(first).anchor, Anchor::Prefix);
        let inner = |_: &[u8], anchor| f32::from(u8::from(anchor == Anchor::Contains));
        assert_eq!(long().shortened(inner).text.len(), MAX_BYTES);
    }
}
