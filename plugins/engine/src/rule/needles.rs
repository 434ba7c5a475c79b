//! Children of AND or OR that each look for one text in the same column, decided together: the value
//! is fetched once, and what it certainly lacks is not looked for.

use std::sync::Arc;

use memchr::memmem::Finder;

use super::ask::Part;
use super::scope::Scope;
use super::test::Test;
use crate::literals::Anchor;
use crate::same::{are_same, begins_with, ends_with};
use crate::steps::{Spent, Steps};
use crate::view::Signature;
use crate::word::{Word, end, start};

/// So many that are not just anywhere are looked for in no more time than it takes to remember.
const FEW: usize = 2;

/// The texts of some children, the cheapest first.
#[derive(Debug)]
pub(crate) struct Needles {
    column: usize,
    needles: Vec<Needle>,
    /// Whether any of them may be anywhere in the value.
    roams: bool,
}

#[derive(Debug)]
struct Needle {
    /// The child's place in the rule's nodes.
    child: usize,
    text: Box<[u8]>,
    form: Form,
}

/// Where the text must be, and what a value with it there certainly has.
#[derive(Debug)]
enum Form {
    Start(Word),
    End(Word),
    Whole(Word),
    Anywhere(Signature, Arc<Finder<'static>>),
}

/// A value, with its first and last bytes at hand.
struct Hay<'a> {
    value: &'a [u8],
    start: u64,
    end: u64,
    /// Nothing if nobody needs it.
    signature: Option<Signature>,
}

impl Needles {
    /// The text that one child looks for, if that is all that it does.
    pub(super) fn of(child: usize, test: &Test, is_text: impl Fn(usize) -> bool) -> Option<Self> {
        let (column, text, anchor) = test.text().filter(|(column, ..)| is_text(*column))?;
        let form = match test.finder() {
            Some(finder) => Form::Anywhere(Signature::new(text), finder),
            None => Form::new(text, anchor)?,
        };
        let roams = matches!(form, Form::Anywhere(..));
        Some(Needles { column, needles: vec![Needle { child, text: text.into(), form }], roams })
    }

    /// Takes the other's needles if they are for the same column, else gives it back.
    pub(super) fn merge(&mut self, other: Needles) -> Option<Needles> {
        if self.column != other.column {
            return Some(other);
        }
        self.needles.extend(other.needles);
        self.roams |= other.roams;
        None
    }

    /// The part that they are, if it is worth to be remembered.
    pub(super) fn part(&self) -> Option<Part> {
        let column = self.column;
        (self.roams || self.needles.len() > FEW).then_some(Part { column, number: 0 })
    }

    /// The first child that decides, and which one it was; without one, NULL if the row has no value.
    pub(super) fn first(
        &self,
        decides: bool,
        scope: &Scope<'_>,
        steps: &mut Steps,
    ) -> Result<(Option<bool>, usize), Spent> {
        let texts = scope.view.texts(self.column);
        let Some((texts, number)) = texts.and_then(|t| Some((t, t.number(scope.row)?))) else {
            return steps.spend(1).map(|()| (None, 0));
        };
        let signature = if self.roams { texts.signature(number) } else { None };
        if self.roams && signature.is_none() {
            return self.first_by_itself(decides, scope, steps);
        }
        let hay = Hay::new(texts.value(number), signature);
        for needle in &self.needles {
            if needle.is_in(&hay, steps)? == decides {
                return Ok((Some(decides), needle.child));
            }
        }
        Ok((Some(!decides), 0))
    }

    /// The same for a value that is too long to know what it has.
    fn first_by_itself(
        &self,
        decides: bool,
        scope: &Scope<'_>,
        steps: &mut Steps,
    ) -> Result<(Option<bool>, usize), Spent> {
        for needle in &self.needles {
            if scope.truth(needle.child, steps)? == Some(decides) {
                return Ok((Some(decides), needle.child));
            }
        }
        Ok((Some(!decides), 0))
    }
}

impl Needle {
    fn is_in(&self, hay: &Hay<'_>, steps: &mut Steps) -> Result<bool, Spent> {
        steps.spend(1)?;
        Ok(match &self.form {
            Form::Start(word) => word.is_at(hay.start) && begins_with(hay.value, &self.text),
            Form::End(word) => word.is_at(hay.end) && ends_with(hay.value, &self.text),
            Form::Whole(word) => word.is_at(hay.start) && are_same(hay.value, &self.text),
            Form::Anywhere(signature, finder) => {
                if !hay.signature.is_some_and(|own| own.may_have(signature)) {
                    return Ok(false);
                }
                steps.read(hay.value.len())?;
                finder.find(hay.value).is_some()
            }
        })
    }
}

impl Form {
    /// Of a text that has its place.
    fn new(text: &[u8], anchor: Anchor) -> Option<Self> {
        match anchor {
            Anchor::Prefix => Some(Form::Start(Word::first(text))),
            Anchor::Suffix => Some(Form::End(Word::last(text))),
            Anchor::Exact => Some(Form::Whole(Word::first(text))),
            Anchor::Contains => None,
        }
    }
}

impl<'a> Hay<'a> {
    fn new(value: &'a [u8], signature: Option<Signature>) -> Self {
        Hay { value, start: start(value), end: end(value), signature }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_needle_is_where_its_text_is_and_nowhere_else() {
        let texts = ["", "a", "\0", "ab", "\\cmd.exe", "c:\\cmd.exe", "abcdefgh", "abcdefghi"];
        let hays = ["", "a", "\0", "ab", "ba", "c:\\cmd.exe", "cmd.exe", "abcdefgh", "xabcdefghi"];
        for (text, value) in texts.iter().flat_map(|text| hays.map(|value| (*text, value))) {
            let expected = [
                (Anchor::Prefix, value.starts_with(text)),
                (Anchor::Suffix, value.ends_with(text)),
                (Anchor::Exact, value == text),
                (Anchor::Contains, value.contains(text)),
            ];
            let hay = Hay::new(value.as_bytes(), Some(Signature::new(value.as_bytes())));
            for (anchor, expected) in expected {
                let finder = || Arc::new(Finder::new(text).into_owned());
                let anywhere = || Form::Anywhere(Signature::new(text.as_bytes()), finder());
                let form = Form::new(text.as_bytes(), anchor).unwrap_or_else(anywhere);
                let needle = Needle { child: 0, text: text.as_bytes().into(), form };
                let found = needle.is_in(&hay, &mut Steps::new(100));
                assert_eq!(found, Ok(expected), "{text:?} in {value:?}, {anchor:?}");
            }
        }
    }
}
