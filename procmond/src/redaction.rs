//! Secrets in command lines are replaced by marks before an argument is remembered, stored or sent.
//!
//! ```text
//! words     an argument list, and scripts inside of it, as words
//! name      whether a name (of a flag, a variable, a header) is that of a secret
//! tools     flags that carry a secret only for the program that they belong to
//! flags     words -> the places of secrets
//! patterns  text -> the places of secrets: URLs, headers, keys of known forms
//! mark      what stands in a secret's place: equal secrets have equal marks
//! key       the host's key for marks, in a file of its owner
//! ```
//!
//! Invariant: the time is bounded by the length of the arguments, whatever is in them.

mod flags;
pub mod key;
mod mark;
mod name;
mod patterns;
mod tools;
mod words;

use std::ops::Range;

pub use mark::Key;
pub use patterns::PatternError;

use crate::observation::{Observation, Snapshot};
use crate::spread::spread;
use mark::Marks;
use patterns::Patterns;

/// Where a secret is: the number of the argument, and its bytes there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    argument: usize,
    bytes: Range<usize>,
}

/// Finds secrets and puts marks in their place.
pub struct Redactor {
    marks: Marks,
    patterns: Patterns,
}

impl Redactor {
    /// With this key, and these regular expressions besides the built-in ones: of a match, group 1
    /// is the secret, or all of it if there is no such group.
    ///
    /// # Errors
    /// If an expression is none, or too large.
    pub fn new(key: Key, expressions: &[String]) -> Result<Self, PatternError> {
        Ok(Redactor { marks: Marks::new(key), patterns: Patterns::new(expressions)? })
    }

    /// What stands in this secret's place.
    pub fn mark(&self, secret: &str) -> String {
        self.marks.of(secret)
    }

    /// The same arguments without secrets.
    #[must_use]
    pub fn redact(&self, mut arguments: Vec<String>) -> Vec<String> {
        let mut places = flags::find(&arguments);
        self.patterns.find(&arguments, &mut places);
        places.retain(|place| !self.marks.is_marked(&arguments[place.argument], &place.bytes));
        for places in merged(places).chunk_by(|one, next| one.argument == next.argument) {
            let text = &mut arguments[places[0].argument];
            *text = self.marked(text, places);
        }
        arguments
    }

    /// The text with a mark at each place; in one pass, for there may be many.
    fn marked(&self, text: &str, places: &[Place]) -> String {
        let (mut marked, mut at) = (String::with_capacity(text.len()), 0);
        for Place { bytes, .. } in places {
            marked.push_str(&text[at..bytes.start]);
            marked.push_str(&self.marks.of(&text[bytes.clone()]));
            at = bytes.end;
        }
        marked.push_str(&text[at..]);
        marked
    }

    /// The same observation without secrets.
    #[must_use]
    pub fn clean(&self, observation: Observation) -> Observation {
        match observation {
            Observation::Executed { pid, time, snapshot } => {
                let snapshot = snapshot.map(|snapshot| Box::new(self.snapshot(*snapshot)));
                Observation::Executed { pid, time, snapshot }
            }
            Observation::Swept { time, snapshots } => {
                let snapshots = spread(snapshots, |snapshot| self.snapshot(snapshot));
                Observation::Swept { time, snapshots }
            }
            other => other,
        }
    }

    fn snapshot(&self, snapshot: Snapshot) -> Snapshot {
        let arguments = snapshot.arguments.map(|arguments| self.redact(arguments));
        Snapshot { arguments, ..snapshot }
    }
}

/// Ascending, and what overlaps is one.
fn merged(mut places: Vec<Place>) -> Vec<Place> {
    places.retain(|place| !place.bytes.is_empty());
    places.sort_by_key(|place| (place.argument, place.bytes.start));
    let mut apart: Vec<Place> = Vec::with_capacity(places.len());
    for place in places {
        match apart.last_mut() {
            Some(last) if last.argument == place.argument && place.bytes.start < last.bytes.end => {
                last.bytes.end = last.bytes.end.max(place.bytes.end);
            }
            _ => apart.push(place),
        }
    }
    apart
}

#[cfg(test)]
mod tests;
