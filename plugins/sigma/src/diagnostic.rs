//! What is wrong with a rule, and where.

use daemoneye_sdk::language::{Diagnostic, MOST_DIAGNOSTICS, Position};
use saphyr_parser::Marker;

/// Where the parser saw it.
pub(crate) fn place(marker: Marker) -> Position {
    Position { line: narrow(marker.line()), column: narrow(marker.col()).saturating_add(1) }
}

/// So many characters to the right.
pub(crate) fn right(at: Position, characters: usize) -> Position {
    Position { column: at.column.saturating_add(narrow(characters)), ..at }
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What has been found wrong so far. Whoever refuses something goes on with anything in its place:
/// the plan is dropped in the end.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Vec<Diagnostic>);

impl Refusals {
    pub(crate) fn add(
        &mut self,
        at: Position,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        if self.0.len() < MOST_DIAGNOSTICS {
            self.0.push(Diagnostic::new(at, message, help));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `good`, or everything that is wrong, in the order of the text.
    pub(crate) fn or<T>(mut self, good: T) -> Result<T, Vec<Diagnostic>> {
        if self.0.is_empty() {
            return Ok(good);
        }
        self.0.sort_by_key(|diagnostic| diagnostic.at);
        self.0.dedup();
        Err(self.0)
    }
}
