//! What is wrong with a rule, and where.

use sqlparser::tokenizer::Location;

/// A place in the text of a rule, counted from 1; a column counts characters, not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The character within the line.
    pub column: u32,
}

impl From<Location> for Position {
    fn from(location: Location) -> Self {
        let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Position { line: narrow(location.line), column: narrow(location.column) }
    }
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

/// Diagnostics of one rule; an author mends these first.
const ENOUGH: usize = 64;

/// Whether there is no use in looking for more.
pub(crate) fn enough(found: &[Diagnostic]) -> bool {
    found.len() >= ENOUGH
}

/// Every item, or what is wrong with any of them.
pub(crate) fn each<T>(
    items: impl Iterator<Item = Result<T, Vec<Diagnostic>>>,
) -> Result<Vec<T>, Vec<Diagnostic>> {
    let mut good = Vec::new();
    let mut refused = Vec::new();
    for item in items {
        match item {
            Ok(item) => good.push(item),
            Err(more) => refused.extend(more),
        }
        if enough(&refused) {
            break;
        }
    }
    if refused.is_empty() { Ok(good) } else { Err(refused) }
}

impl Diagnostic {
    pub(crate) fn new(
        at: impl Into<Position>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Diagnostic { at: at.into(), message: message.into(), help: help.into() }
    }
}
