//! What rules ask of a text column again and again: whether a value has a certain text, anywhere, at
//! one of its ends or as the whole. One search answers all of these questions about a value; it is
//! done when the first of them is asked, and a value that no rule is a candidate for costs nothing.

#[cfg(test)]
use std::sync::Arc;

use aho_corasick::BuildError;
use rustc_hash::FxHashMap;

use crate::literals::{Anchor, Literal, Literals, Seen};
use crate::rule::{Rule, Test};
use crate::view::{Signature, Texts};

/// Bytes of a text anywhere: shorter ones are too frequent to be looked for all at once.
const SHORTEST: usize = 4;

/// Bytes of a value from which on one search for everything that rules ask of it is cheaper than a
/// search for each.
const LONG_VALUE: usize = 2 << 10;

/// One question about a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fact {
    /// By the engine's number.
    pub(crate) column: usize,
    number: u32,
    /// Of the text that is asked for.
    signature: Signature,
}

impl Fact {
    /// Whether it is cheaper to ask than to look at a value of so many bytes.
    pub(crate) fn is_asked(bytes: usize) -> bool {
        bytes >= LONG_VALUE
    }

    /// Whether a value with this signature certainly lacks the text.
    pub(crate) fn is_ruled_out(&self, value: &Signature) -> bool {
        !value.may_have(&self.signature)
    }
}

/// The questions of all rules, by column; nothing for a column without any.
#[derive(Debug)]
pub(crate) struct Facts(Vec<Option<Literals>>);

impl Facts {
    /// Makes questions of the tests that are some, in each rule. `is_text` says of each column
    /// whether it has text: of a number, a test asks for more than its text.
    pub(crate) fn new(rules: &mut [Rule], is_text: &[bool]) -> Result<Self, BuildError> {
        let mut numbers: Vec<FxHashMap<Literal, u32>> = vec![FxHashMap::default(); is_text.len()];
        let question = |test: &Test| question(test).filter(|(column, _)| is_text[*column]);
        for rule in rules {
            rule.ask(|test| {
                let (column, literal) = question(test)?;
                let known = &mut numbers[column];
                let next = u32::try_from(known.len()).expect("fewer than four billion tests");
                let signature = Signature::new(&literal.text);
                let number = *known.entry(literal).or_insert(next);
                Some(Fact { column, number, signature })
            });
        }
        let literals = |numbers: FxHashMap<Literal, u32>| {
            let mut literals: Vec<_> = numbers.into_iter().collect();
            literals.sort_unstable_by_key(|(_, number)| *number);
            let literals: Vec<_> = literals.into_iter().map(|(literal, _)| literal).collect();
            let any = !literals.is_empty();
            any.then(|| Literals::new(&literals)).transpose()
        };
        Ok(Facts(numbers.into_iter().map(literals).collect::<Result<_, _>>()?))
    }

    /// None, about so many columns.
    #[cfg(test)]
    pub(crate) fn none(columns: usize) -> Arc<Self> {
        Arc::new(Facts((0..columns).map(|_| None).collect()))
    }

    /// Whether the fact holds of the value of this number; nothing if there are no facts about its
    /// column.
    pub(crate) fn hold(&self, fact: &Fact, texts: Texts<'_>, number: usize) -> Option<bool> {
        let literals = self.0[fact.column].as_ref()?;
        let found = texts.facts(number, |value| {
            let mut seen = Seen::default();
            literals.search(value, &mut seen);
            let mut found: Box<[u32]> = seen.drain().collect();
            found.sort_unstable();
            found
        });
        Some(found.binary_search(&fact.number).is_ok())
    }
}

/// The column and the text that a test asks for, if it asks for nothing else.
fn question(test: &Test) -> Option<(usize, Literal)> {
    let (column, text, anchor) = test.text()?;
    let fits = match anchor {
        Anchor::Contains => text.len() >= SHORTEST,
        _ => !text.is_empty(),
    };
    fits.then(|| (column, Literal::new(text, anchor)))
}
