//! Texts without which the condition is true nowhere, looked for in all rows of a column at once.
//!
//! What is asked of many events is mostly rare: a column of a thousand command lines is one run of
//! bytes, and where the run does not have the text, no row has it.

use std::cell::RefCell;

use daemoneye_sdk::rules::{Batch, TextColumn};
use memchr::memmem::Finder;

use crate::index::necessary::Necessary;
use crate::literals::{Anchor, Literal};

/// With more texts than these, one pass over each value for all of them is cheaper.
const MOST_TEXTS: usize = 8;

/// Texts of which a row must have one for the condition to be true there.
#[derive(Debug)]
pub(super) struct Screen {
    texts: Vec<(usize, Finder<'static>, Anchor)>,
    /// A column, folded; kept for its room.
    folded: RefCell<Vec<u8>>,
}

impl Screen {
    /// Nothing if there are too many texts.
    pub(super) fn new(necessary: Necessary) -> Option<Self> {
        let text = |(column, Literal { text, anchor }): (usize, Literal)| {
            (column, Finder::new(&text).into_owned(), anchor)
        };
        let texts: Vec<_> = necessary.literals.into_iter().map(text).collect();
        (texts.len() <= MOST_TEXTS).then(|| Screen { texts, folded: RefCell::default() })
    }

    /// The rows that have one of the texts, ascending.
    pub(super) fn rows(&self, batch: &Batch) -> Vec<u32> {
        let mut rows = Vec::new();
        let mut folded = self.folded.borrow_mut();
        let mut last = None;
        for (column, finder, anchor) in &self.texts {
            let Some(text) = batch.text(*column) else { continue };
            if last.replace(*column) != Some(*column) {
                fold(batch, text, &mut folded);
            }
            find(&folded, text.offsets(), finder, *anchor, &mut rows);
        }
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}

/// The texts of all rows, one after the other, their ASCII letters in lower case.
fn fold(batch: &Batch, text: TextColumn<'_>, folded: &mut Vec<u8>) {
    let (first, last) = (text.offsets()[0], text.offsets()[text.offsets().len() - 1]);
    folded.clear();
    folded.extend_from_slice(&batch.bytes[first as usize..last as usize]);
    folded.make_ascii_lowercase();
}

/// Adds the rows that have the text where it must be. `offsets` count from before the first row.
fn find(folded: &[u8], offsets: &[u32], finder: &Finder<'_>, anchor: Anchor, rows: &mut Vec<u32>) {
    let base = offsets[0] as usize;
    let bound = |row: usize| offsets[row] as usize - base;
    let mut from = 0;
    while let Some(found) = folded.get(from..).and_then(|rest| finder.find(rest)) {
        let start = from + found;
        let end = start + finder.needle().len();
        // The last row that begins there or before; rows without a text have the same start.
        let row = offsets.partition_point(|offset| *offset as usize - base <= start) - 1;
        let is_within = end <= bound(row + 1);
        let is_there = match anchor {
            Anchor::Contains => true,
            Anchor::Prefix => start == bound(row),
            Anchor::Suffix => end == bound(row + 1),
            Anchor::Exact => start == bound(row) && end == bound(row + 1),
        };
        if is_within && is_there {
            rows.push(u32::try_from(row).expect("a batch has few rows"));
            from = bound(row + 1);
        } else {
            from = start + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use daemoneye_sdk::rules::Column;
    use proptest::prelude::*;

    fn screen(texts: &[(&str, Anchor)]) -> Screen {
        let literal = |(text, anchor): &(&str, Anchor)| (0, Literal::new(text.as_bytes(), *anchor));
        let literals = texts.iter().map(literal).collect();
        Screen::new(Necessary { literals, bits: 9.0 }).expect("few texts")
    }

    fn batch(rows: &[Option<&str>]) -> Batch {
        let before = Column::Text(rows.iter().map(|_| Some("before".to_owned())).collect());
        let own = Column::Text(rows.iter().map(|row| row.map(str::to_owned)).collect());
        let rows = u32::try_from(rows.len()).expect("few");
        let mut batch = Batch::new(rows, vec![before, own]);
        batch.columns.swap(0, 1);
        batch
    }

    #[test]
    fn a_text_is_found_where_it_must_be_and_never_across_rows() {
        let rows =
            [Some("Bash"), None, Some("b"), Some("ash"), Some(""), Some("xbash"), Some("bashx")];
        let cases: [(&str, Anchor, &[u32]); 5] = [
            ("bash", Anchor::Contains, &[0, 5, 6]),
            ("bash", Anchor::Prefix, &[0, 6]),
            ("bash", Anchor::Suffix, &[0, 5]),
            ("BASH", Anchor::Exact, &[0]),
            ("zsh", Anchor::Contains, &[]),
        ];
        for (text, anchor, expected) in cases {
            let found = screen(&[(text, anchor)]).rows(&batch(&rows));
            assert_eq!(found, expected, "{text} {anchor:?}");
        }
    }

    #[test]
    fn too_many_texts_are_no_screen() {
        let literals = |count| (0..count).map(|_| (0, Literal::new(b"x", Anchor::Exact))).collect();
        let screen = |count| Screen::new(Necessary { literals: literals(count), bits: 9.0 });
        assert!(screen(MOST_TEXTS).is_some() && screen(MOST_TEXTS + 1).is_none());
    }

    proptest! {
        #[test]
        fn rows_are_those_that_have_the_text(
            rows in prop::collection::vec(prop::option::of("[abA]{0,6}"), 1..40),
            text in "[ab]{1,3}",
        ) {
            let rows: Vec<Option<&str>> = rows.iter().map(Option::as_deref).collect();
            let batch = batch(&rows);
            let has = |value: &str, anchor| {
                let value = value.to_ascii_lowercase();
                match anchor {
                    Anchor::Contains => value.contains(&text),
                    Anchor::Prefix => value.starts_with(&text),
                    Anchor::Suffix => value.ends_with(&text),
                    Anchor::Exact => value == text,
                }
            };
            for anchor in [Anchor::Contains, Anchor::Prefix, Anchor::Suffix, Anchor::Exact] {
                let own = (0_u32..).zip(&rows).filter(|(_, row)| row.is_some_and(|r| has(r, anchor)));
                let expected: Vec<u32> = own.map(|(row, _)| row).collect();
                prop_assert_eq!(screen(&[(&text, anchor)]).rows(&batch), expected);
            }
        }
    }
}
