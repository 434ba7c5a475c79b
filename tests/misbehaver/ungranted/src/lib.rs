//! One sink with a mode for each sin. It imports `console` and `directory`, so that a test can refuse
//! it either.
//!
//! Configuration: `{"mode": "append"}` and the other names of [`Mode`].

mod component;

use serde::Deserialize;

/// What the sink does with alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// Nothing wrong: appends each to `alerts`.
    Append,
    /// Appends each to a file outside its directory; a refusal is its reason to reject.
    Traverse,
    /// Never returns.
    Hang,
    /// Never returns, and waits for memory rather than works.
    Chase,
    /// Asks for the length of a file as often as the first alert has bytes.
    Measure,
    /// Appends as many KiB at once as the first alert has bytes.
    Wide,
    /// Rejects each.
    Reject,
    /// Puts each off.
    Retry,
    /// Puts off each that contains `poison`; appends the others.
    Picky,
    /// Panics.
    Trap,
    /// Forgets the last receipt.
    ShortReceipts,
}

/// The operator's configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    pub(crate) mode: Mode,
}
