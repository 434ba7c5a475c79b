//! What a rule finds, and why.

use std::fmt::Display;

use crate::rules::Evidence;

/// The longest value in evidence, bytes: what `wit/rules.wit` allows.
const MAX_VALUE_BYTES: usize = 1_024;
/// Ends a value that was cut.
const CUT: char = '…';

/// That an event matches a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub(super) evidence: Vec<Evidence>,
}

impl Finding {
    /// A finding, with what is wrong in the author's words, the field that shows it, and the value
    /// that was found there.
    pub fn because(clause: impl Into<String>, field: &str, value: impl Display) -> Self {
        Finding { evidence: Vec::new() }.and(clause, field, value)
    }

    /// One more reason.
    #[must_use]
    pub fn and(mut self, clause: impl Into<String>, field: &str, value: impl Display) -> Self {
        let (clause, field, value) = (clause.into(), field.to_owned(), cut(value.to_string()));
        self.evidence.push(Evidence { clause, field, value });
        self
    }

    /// The reasons so far.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }
}

/// At most as many bytes as evidence may have, cut at a character.
fn cut(mut value: String) -> String {
    if value.len() > MAX_VALUE_BYTES {
        value.truncate(value.floor_char_boundary(MAX_VALUE_BYTES - CUT.len_utf8()));
        value.push(CUT);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_cut_at_a_character_and_only_when_it_is_too_long() {
        let fits = "x".repeat(MAX_VALUE_BYTES);
        assert_eq!(cut(fits.clone()), fits);
        let long = cut("ä".repeat(MAX_VALUE_BYTES));
        assert!(long.len() <= MAX_VALUE_BYTES && long.ends_with("ä…"), "{}", long.len());
    }

    #[test]
    fn every_reason_is_kept_in_its_order() {
        let finding = Finding::because("is odd", "pid", 7).and("is short", "name", "x");
        let told: Vec<_> = finding.evidence().iter().map(|e| (&*e.clause, &*e.value)).collect();
        assert_eq!(told, [("is odd", "7"), ("is short", "x")]);
    }
}
