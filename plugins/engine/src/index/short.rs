//! Literals anywhere in a value that are too short to have a gram.

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError};
use memchr::memmem::Finder;

use super::column::Seen;
use super::literal::Literal;

/// Up to so many are looked for one by one.
const FEW: usize = 6;

/// Short literals of a column. Most of those that rules have are single characters beyond ASCII, and
/// most values have none.
#[derive(Debug)]
pub(super) struct Short {
    ascii: Texts,
    others: Texts,
}

#[derive(Debug)]
enum Texts {
    Few(Vec<(u32, Finder<'static>)>),
    Many { automaton: AhoCorasick, numbers: Vec<u32> },
}

impl Short {
    pub(super) fn new<'a>(
        needles: impl Iterator<Item = (u32, &'a Literal)>,
    ) -> Result<Self, BuildError> {
        let (ascii, others): (Vec<_>, Vec<_>) =
            needles.partition(|(_, literal)| literal.text.is_ascii());
        Ok(Short { ascii: Texts::new(&ascii)?, others: Texts::new(&others)? })
    }

    pub(super) fn search(&self, value: &[u8], seen: &mut Seen) {
        self.ascii.search(value, seen);
        if !value.is_ascii() {
            self.others.search(value, seen);
        }
    }
}

impl Texts {
    fn new(needles: &[(u32, &Literal)]) -> Result<Self, BuildError> {
        if needles.len() <= FEW {
            let finder = |literal: &Literal| Finder::new(&literal.text).into_owned();
            return Ok(Texts::Few(needles.iter().map(|(n, l)| (*n, finder(l))).collect()));
        }
        let texts = needles.iter().map(|(_, literal)| &literal.text);
        let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(texts)?;
        Ok(Texts::Many { automaton, numbers: needles.iter().map(|(n, _)| *n).collect() })
    }

    fn search(&self, value: &[u8], seen: &mut Seen) {
        match self {
            Texts::Few(finders) => {
                let found = finders.iter().filter(|(_, finder)| finder.find(value).is_some());
                found.for_each(|(number, _)| seen.note(*number));
            }
            Texts::Many { automaton, numbers } => {
                for hit in automaton.find_overlapping_iter(value) {
                    seen.note(numbers[hit.pattern()]);
                }
            }
        }
    }
}
