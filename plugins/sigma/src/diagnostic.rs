//! What is wrong with a rule, and where.

use saphyr_parser::Marker;

/// A place in the text of a rule, counted from 1; a column counts characters, not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The character within the line.
    pub column: u32,
}

impl Position {
    pub(crate) const START: Position = Position { line: 1, column: 1 };

    /// So many characters to the right.
    pub(crate) fn right(self, characters: usize) -> Self {
        let column = self.column.saturating_add(narrow(characters));
        Position { column, ..self }
    }
}

impl From<Marker> for Position {
    fn from(marker: Marker) -> Self {
        Position { line: narrow(marker.line()), column: narrow(marker.col()).saturating_add(1) }
    }
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// One thing that keeps a rule from being compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}:{}: {message}", at.line, at.column)]
pub struct Diagnostic {
    /// Where it was found.
    pub at: Position,
    /// A lower-case fragment that names what was found.
    pub message: String,
    /// The nearest form that is allowed; empty if there is none.
    pub help: String,
}

impl Diagnostic {
    pub(crate) fn new(at: Position, message: impl Into<String>, help: impl Into<String>) -> Self {
        Diagnostic { at, message: message.into(), help: help.into() }
    }
}

/// Diagnostics of one rule; an author mends these first.
const ENOUGH: usize = 64;

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
        if self.0.len() < ENOUGH {
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

/// Characters of the author's text that a message repeats.
const LONGEST_QUOTE: usize = 60;

/// The text in quotes, the middle of a long one left out.
pub(crate) fn quoted(text: &str) -> String {
    if text.chars().count() <= LONGEST_QUOTE {
        return format!("`{text}`");
    }
    let start: String = text.chars().take(LONGEST_QUOTE - 1).collect();
    format!("`{start}…`")
}
