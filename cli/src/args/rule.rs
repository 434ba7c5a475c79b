//! `daemoneye rules show` and `release`: one rule.

use clap::Subcommand;

/// What is wanted of one rule.
#[derive(Debug, Subcommand)]
pub(crate) enum OneRule {
    /// One rule: its counts, what is wrong with it, and the events that it did not judge
    Show {
        /// Its id, as `daemoneye rules` has it
        id: String,
    },
    /// Run a rule again that is in quarantine
    Release {
        /// Its id
        id: String,
    },
}
