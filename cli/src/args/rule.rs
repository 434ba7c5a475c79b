//! `daemoneye rules show`, `release`, `disable` and `enable`: one rule.

use clap::Subcommand;

use super::handling::Why;

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
    /// Switch a rule off: it sees nothing and costs nothing, also after restarts
    #[command(after_help = "\
Examples:
  daemoneye rules disable shell-dev-tcp --reason 'too noisy here, see ticket 12'
  daemoneye rules --disabled

Returns when it is so. Exit codes: 2 without a reason; 70 if there is no such rule, or it sees
nothing already")]
    Disable {
        /// Its id
        id: String,
        #[command(flatten)]
        why: Why,
    },
    /// Switch a rule on that was disabled
    Enable {
        /// Its id
        id: String,
        #[command(flatten)]
        why: Why,
    },
}
