//! `rules/*.toml`: a rule, its reasons and its tests.

mod body;
mod read;
mod test;
mod window;

use std::fmt;
use std::str::FromStr;

use daemoneye_bus::alert::Severity;

use crate::id::RuleId;

pub use body::{Body, Budget, Component, Text};
pub use test::{Expect, RuleTest};

/// One rule of a pack, as its author wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Names the rule; its file is `rules/ID.toml`.
    pub id: RuleId,
    /// One line for people.
    pub title: String,
    /// How bad a finding is.
    pub severity: Severity,
    /// What the rule detects, in the terms of ATT&CK.
    pub techniques: Vec<Technique>,
    /// Why a finding matters.
    pub why: String,
    /// What else may look like it.
    pub false_positives: Vec<String>,
    /// Where to read more.
    pub references: Vec<String>,
    /// The rule itself: a text, or a component.
    pub body: Body,
    /// For rules over several events: how long an event counts, in seconds, where the text itself
    /// does not say.
    pub window: Option<u32>,
    /// Invariant: at least one of them expects the rule to fire and one expects it to be silent,
    /// and their names differ.
    pub tests: Vec<RuleTest>,
}

/// A technique of ATT&CK, or a part of one: `T1059` or `T1059.004`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Technique(String);

/// A text that is no technique.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("technique {0:?} is not of the form T1234 or T1234.001")]
pub struct TechniqueError(String);

impl Technique {
    /// The technique as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Technique {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Technique {
    type Err = TechniqueError;

    fn from_str(text: &str) -> Result<Self, TechniqueError> {
        let digits = |part: &str, count| {
            part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        let good = text.strip_prefix('T').is_some_and(|rest| match rest.split_once('.') {
            Some((technique, part)) => digits(technique, 4) && digits(part, 3),
            None => digits(rest, 4),
        });
        good.then(|| Technique(text.to_owned())).ok_or_else(|| TechniqueError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_technique_has_four_digits_and_perhaps_three_more() {
        for good in ["T1059", "T1059.004"] {
            assert_eq!(good.parse::<Technique>().expect(good).as_str(), good);
        }
        for bad in
            ["", "1059", "t1059", "T105", "T10590", "T1059.", "T1059.4", "T1059.0041", "T١٢٣٤"]
        {
            assert!(bad.parse::<Technique>().is_err(), "{bad}");
        }
    }
}
