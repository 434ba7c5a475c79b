//! What a program has done so that it can do no more than it needs to.

use serde::{Deserialize, Serialize};

/// One limit that a program has put on itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// Such as `landlock`.
    pub name: String,
    /// What it is for, or how far it goes here, as a short phrase.
    pub effect: String,
    /// Why the program goes without it; nothing if it is in force.
    pub fault: Option<String>,
}

impl Measure {
    /// A measure that was tried.
    pub fn tried(name: &str, effect: &str, result: Result<(), String>) -> Self {
        Measure { name: name.to_owned(), effect: effect.to_owned(), fault: result.err() }
    }

    /// What to tell operators, if it is not in force.
    pub fn lack(&self, program: &str) -> Option<String> {
        let fault = self.fault.as_ref()?;
        Some(format!("{program} is not confined by {} ({}): {fault}", self.name, self.effect))
    }
}
