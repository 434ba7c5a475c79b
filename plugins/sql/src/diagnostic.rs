//! What is wrong with a rule, and where.

use daemoneye_sdk::language::{Diagnostic, MOST_DIAGNOSTICS, Position};
use sqlparser::tokenizer::Location;

/// Where the tokenizer saw it.
pub(crate) fn place(location: Location) -> Position {
    let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    Position { line: narrow(location.line), column: narrow(location.column) }
}

/// Whether there is no use in looking for more.
pub(crate) fn enough(found: &[Diagnostic]) -> bool {
    found.len() >= MOST_DIAGNOSTICS
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
