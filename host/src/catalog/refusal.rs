//! A file that is no rule, and all that is wrong with it.

use std::fmt;
use std::path::PathBuf;

use daemoneye_bus::alert::Severity;
use daemoneye_bus::control::{Fired, LOCAL, RuleState, RuleStatus};

use crate::plugin::Diagnostic;

/// Reasons that the list of all rules tells of one rule.
const MAX_REASONS: usize = 8;
/// Characters of one of them.
const MAX_REASON: usize = 400;

/// A loose rule that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The rule's id, as far as it is known: else the name of its file.
    pub id: String,
    /// The file.
    pub file: PathBuf,
    /// What is wrong, at least one; lines are those of the file.
    pub diagnostics: Vec<Diagnostic>,
}

impl Refusal {
    /// Its line in the list of all rules.
    pub(super) fn status(&self) -> RuleStatus {
        RuleStatus {
            id: self.id.clone(),
            title: self.id.clone(),
            pack: LOCAL.to_owned(),
            state: RuleState::Refused,
            why: self.lines().take(MAX_REASONS).map(|line| cut(&line)).collect(),
            severity: Severity::Medium,
            techniques: Vec::new(),
            offered: 0,
            filtered: 0,
            judged: 0,
            over_budget: 0,
            faulted: 0,
            shed: 0,
            matched: 0,
            fuel: 0,
            fuel_us: None,
            fired: Fired::default(),
            tested: None,
            exceptions: 0,
            fuel_p99: None,
        }
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        let file = self.file.display();
        self.diagnostics.iter().map(move |diagnostic| format!("{file}:{diagnostic}"))
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_REASON) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// One line for each thing that is wrong: `FILE:LINE:COLUMN: what (what is allowed)`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().collect::<Vec<_>>().join("\n"))
    }
}
