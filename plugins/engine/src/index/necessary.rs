//! What must occur in a row for a rule to be true there: a set of literals of which at least one is
//! in its column.
//!
//! A test may need a literal; AND needs what its most telling child needs; OR needs any of what all
//! its children need, or nothing at all; NOT needs nothing. Invariant: a row without any literal of
//! the set does not match.

use daemoneye_plan::Comparison;

use super::expression;
use crate::literals::{Anchor, Literal, rarity};
use crate::rule::{Constant, Kind, Operand, Rule, Test};

/// Rarer than this, or not worth looking for: more than half of all rows would be candidates.
pub(crate) const MIN_BITS: f32 = 1.0;
/// Most literals of one rule.
pub(crate) const MAX_LITERALS: usize = 20_000;

/// A text column, by the engine's number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextColumn<'a> {
    pub(crate) number: usize,
    pub(crate) name: &'a str,
}

/// Literals of which one must occur.
#[derive(Debug, Clone)]
pub(crate) struct Necessary {
    pub(crate) literals: Vec<(usize, Literal)>,
    pub(crate) bits: f32,
}

/// The literals of which a row must have one for the rule to be true there; nothing if there are
/// none, or none that is rare. `text_column` knows the columns that have text.
pub(super) fn necessary<'a>(
    rule: &Rule,
    text_column: impl Fn(usize) -> Option<TextColumn<'a>>,
) -> Option<Necessary> {
    however_rare(rule, text_column, |_| ()).filter(|set| set.bits >= MIN_BITS)
}

/// The same, however rare. `note` hears of each node in its turn how rare what it needs is.
pub(crate) fn however_rare<'a>(
    rule: &Rule,
    text_column: impl Fn(usize) -> Option<TextColumn<'a>>,
    mut note: impl FnMut(Option<f32>),
) -> Option<Necessary> {
    let mut sets: Vec<Option<Necessary>> = Vec::new();
    for place in 0..=rule.root() {
        let kind = &rule.node(place).kind;
        let mut children = kind.children().iter().map(|child| sets[*child].take());
        let set = match kind {
            Kind::Leaf(test) => of_test(test, &text_column),
            Kind::And(_) => children.flatten().max_by(|a, b| a.bits.total_cmp(&b.bits)),
            Kind::Or(_) => children.collect::<Option<Vec<_>>>().and_then(any),
            Kind::IfNull { truth: false, .. } => children.next().flatten(),
            Kind::IfNull { truth: true, .. } | Kind::Not(_) => None,
        };
        note(set.as_ref().map(|set| set.bits));
        sets.push(set);
    }
    sets.pop().flatten()
}

impl Necessary {
    /// Any of these texts in one column, at least one text.
    pub(super) fn any_of(column: TextColumn<'_>, literals: Vec<Literal>) -> Option<Self> {
        if literals.is_empty() || literals.iter().any(|literal| literal.text.is_empty()) {
            return None;
        }
        let bits = |text: &[u8], anchor| rarity::bits(text, anchor, column.name);
        let mut literals: Vec<_> = literals.into_iter().map(|l| l.shortened(bits)).collect();
        literals.sort_unstable();
        literals.dedup();
        let bits =
            rarity::bits_of_any(literals.iter().map(|literal| bits(&literal.text, literal.anchor)));
        let literals = literals.into_iter().map(|literal| (column.number, literal)).collect();
        Some(Necessary { literals, bits })
    }

    pub(super) fn rarer(self, other: Self) -> Self {
        if other.bits > self.bits { other } else { self }
    }
}

/// One of any of the sets.
pub(super) fn any(sets: Vec<Necessary>) -> Option<Necessary> {
    let bits = rarity::bits_of_any(sets.iter().map(|set| set.bits));
    let literals: Vec<_> = sets.into_iter().flat_map(|set| set.literals).collect();
    (literals.len() <= MAX_LITERALS).then_some(Necessary { literals, bits })
}

fn of_test<'a>(
    test: &Test,
    text_column: impl Fn(usize) -> Option<TextColumn<'a>>,
) -> Option<Necessary> {
    let column = |operand: &Operand| match operand {
        Operand::Column(column) => text_column(*column),
        _ => None,
    };
    match test {
        Test::Compare { comparison: Comparison::Equal, sides, .. } => {
            let ([operand, Operand::Constant(Constant::Text { folded, .. })]
            | [Operand::Constant(Constant::Text { folded, .. }), operand]) = &**sides
            else {
                return None;
            };
            Necessary::any_of(column(operand)?, vec![Literal::new(folded, Anchor::Exact)])
        }
        Test::In { operand, list, .. } => {
            let exact = list.texts().map(|text| Literal::new(text, Anchor::Exact));
            Necessary::any_of(column(operand)?, exact.collect())
        }
        Test::Like { operand, like, .. } => {
            let column = column(operand)?;
            let sets = like.texts().into_iter().filter_map(|(text, first, last)| {
                Necessary::any_of(column, vec![Literal::new(text, anchor(first, last))])
            });
            sets.reduce(Necessary::rarer)
        }
        Test::Regexp { operand, regexp } => {
            expression::necessary(column(operand)?, &regexp.expression, regexp.case)
        }
        _ => None,
    }
}

fn anchor(first: bool, last: bool) -> Anchor {
    match (first, last) {
        (true, true) => Anchor::Exact,
        (true, false) => Anchor::Prefix,
        (false, true) => Anchor::Suffix,
        (false, false) => Anchor::Contains,
    }
}
