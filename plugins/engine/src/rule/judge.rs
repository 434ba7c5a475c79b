//! Judging one rule, row by row, and saying why.

use std::cell::Cell;

use daemoneye_sdk::rules::Evidence;

use super::scope::Scope;
use super::{Kind, Rule};
use crate::steps::{Spent, Steps};
use crate::view::{Value, View};

/// Most bytes of a clause and of a value in evidence.
const MAX_BYTES: usize = 1024;
/// Most pieces of evidence for one row.
const MAX_EVIDENCE: usize = 32;
/// Ends what was cut: U+2026.
const ELLIPSIS: &str = "…";

/// One rule over one batch.
pub(crate) struct Judge<'a> {
    rule: &'a Rule,
    view: &'a View,
    winners: Box<[Cell<usize>]>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(rule: &'a Rule, view: &'a View) -> Self {
        Judge { rule, view, winners: vec![Cell::new(0); rule.nodes.len()].into() }
    }

    /// Whether the row matches.
    pub(crate) fn matches(&self, row: usize, steps: u64) -> Result<bool, Spent> {
        let truth = self.scope(row).truth(self.rule.root(), &mut Steps::new(steps))?;
        Ok(truth == Some(true))
    }

    fn scope(&self, row: usize) -> Scope<'_> {
        Scope::new(&self.rule.nodes, &self.winners, self.view, row)
    }

    /// Why the row that was judged last matched, in the order in which the author wrote it. Calls
    /// `name` for the names of columns.
    pub(crate) fn evidence(&self, row: usize, name: impl Fn(usize) -> &'a str) -> Vec<Evidence> {
        let mut places = Vec::new();
        self.gather(self.rule.root(), &mut places);
        places.sort_by_key(|place| self.rule.nodes[*place].clause);
        places.truncate(MAX_EVIDENCE);
        places.iter().filter_map(|place| self.piece(*place, row, &name)).collect()
    }

    /// The leaves and negations that made this node true.
    fn gather(&self, place: usize, places: &mut Vec<usize>) {
        let node = &self.rule.nodes[place];
        match &node.kind {
            Kind::Leaf(_) | Kind::Not(_) => places.extend(node.clause.map(|_| place)),
            Kind::Or(_) => self.gather(self.winners[place].get(), places),
            Kind::And(children) => {
                children.iter().for_each(|child| self.gather(*child, places));
            }
            // Made true by the absence of a value, it has nothing to show.
            Kind::IfNull { .. } if self.winners[place].get() == place => {}
            Kind::IfNull { node, .. } => self.gather(*node, places),
        }
    }

    fn piece(&self, place: usize, row: usize, name: impl Fn(usize) -> &'a str) -> Option<Evidence> {
        let node = &self.rule.nodes[place];
        let column = node.column?;
        let value = match self.view.value(column, row) {
            Value::Null => String::new(),
            Value::Number(number) => number.text(),
            Value::Text { raw, .. } => cut(raw),
        };
        let clause = cut(self.rule.clauses[node.clause?].as_bytes());
        Some(Evidence { clause, field: name(column).to_owned(), value })
    }
}

/// At most [`MAX_BYTES`] bytes of the text, cut between characters.
fn cut(text: &[u8]) -> String {
    if text.len() <= MAX_BYTES {
        return String::from_utf8_lossy(text).into_owned();
    }
    let room = MAX_BYTES - ELLIPSIS.len();
    let end = (0..=room).rev().find(|end| text[*end] & 0xC0 != 0x80).unwrap_or(0);
    String::from_utf8_lossy(&text[..end]).into_owned() + ELLIPSIS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_1024_bytes_is_whole_and_a_longer_one_is_cut_between_characters() {
        let whole = "é".repeat(512);
        assert_eq!(cut(whole.as_bytes()), whole);
        let long = "é".repeat(513);
        let cut = cut(long.as_bytes());
        assert!(cut.len() <= MAX_BYTES && cut.ends_with("é…"), "{cut}");
        assert_eq!(cut.chars().filter(|c| *c == 'é').count(), 510);
    }
}
