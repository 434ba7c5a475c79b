//! Judging one rule, row by row, and saying why.

use std::cell::Cell;

use daemoneye_sdk::rules::Evidence;

use super::scope::Scope;
use super::{Kind, Operand, Rule};
use crate::correlation::{Aggregate, Groups};
use crate::processes::Processes;
use crate::steps::{Spent, Steps};
use crate::view::View;

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
    processes: Option<&'a Processes>,
    winners: Box<[Cell<usize>]>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(rule: &'a Rule, view: &'a View, processes: Option<&'a Processes>) -> Self {
        Judge { rule, view, processes, winners: vec![Cell::new(0); rule.nodes.len()].into() }
    }

    /// Why the row matches, if it does. `number` is the rule's own; calls `name` for the names of
    /// columns.
    pub(crate) fn judge(
        &self,
        number: usize,
        row: usize,
        steps: u64,
        groups: &mut Groups,
        name: impl Fn(usize) -> &'a str,
    ) -> Result<Option<Vec<Evidence>>, Spent> {
        let (scope, steps) = (self.scope(row), &mut Steps::new(steps));
        if let Some(correlation) = &self.rule.correlation {
            let completed = correlation.follow(number, groups, &scope, steps)?;
            return Ok(completed.map(|completed| {
                let scope = scope.of_group(&completed.aggregates);
                self.evidence(&completed.conditions, &scope, name)
            }));
        }
        let truth = scope.truth(self.rule.root(), steps)?;
        Ok((truth == Some(true)).then(|| self.evidence(&[self.rule.root()], &scope, name)))
    }

    fn scope(&self, row: usize) -> Scope<'_> {
        Scope::new(&self.rule.nodes, &self.winners, self.view, row).among(self.processes)
    }

    /// Why these conditions are true for the row that was judged last, in the order in which the
    /// author wrote it.
    fn evidence(
        &self,
        conditions: &[usize],
        scope: &Scope<'_>,
        name: impl Fn(usize) -> &'a str,
    ) -> Vec<Evidence> {
        let mut places = Vec::new();
        conditions.iter().for_each(|condition| self.gather(*condition, &mut places));
        places.sort_by_key(|place| self.rule.nodes[*place].clause);
        places.truncate(MAX_EVIDENCE);
        places.iter().filter_map(|place| self.piece(*place, scope, &name)).collect()
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

    fn piece(
        &self,
        place: usize,
        scope: &Scope<'_>,
        name: impl Fn(usize) -> &'a str,
    ) -> Option<Evidence> {
        let node = &self.rule.nodes[place];
        let shown = node.shown.as_ref()?;
        // The row was judged within its budget, and this is but a part of it.
        let held = shown.held(scope, &mut Steps::new(u64::MAX)).ok()?;
        let value = held.text().map_or_else(String::new, |text| cut(&text));
        let clause = self.rule.clauses[node.clause?].clone();
        Some(Evidence { clause, field: self.field(shown, name), value })
    }

    /// The name of what is shown; an aggregate has that of the column that it is made of.
    fn field(&self, shown: &Operand, name: impl Fn(usize) -> &'a str) -> String {
        match shown {
            Operand::Column(column) | Operand::Process { column, .. } => name(*column).to_owned(),
            Operand::Aggregate(place) => {
                let correlation = self.rule.correlation.as_ref();
                let aggregate = correlation.and_then(|c| c.aggregates().get(*place));
                match aggregate.and_then(Aggregate::shown) {
                    Some(Operand::Column(column) | Operand::Process { column, .. }) => {
                        name(*column).to_owned()
                    }
                    _ => "count(*)".to_owned(),
                }
            }
            _ => String::new(),
        }
    }
}

/// At most [`MAX_BYTES`] bytes of the text, cut between characters.
pub(super) fn cut(text: &[u8]) -> String {
    if text.len() <= MAX_BYTES {
        return lossy(text);
    }
    let room = MAX_BYTES - ELLIPSIS.len();
    let end = (0..=room).rev().find(|end| text[*end] & 0xC0 != 0x80).unwrap_or(0);
    lossy(&text[..end]) + ELLIPSIS
}

/// What is UTF-8 already, as all texts of a batch are, is checked faster than it is mended.
fn lossy(text: &[u8]) -> String {
    str::from_utf8(text).map_or_else(|_| String::from_utf8_lossy(text).into_owned(), str::to_owned)
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
