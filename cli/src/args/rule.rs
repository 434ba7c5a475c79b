//! `daemoneye rules show`, `release`, `test`, `disable` and `enable`: one rule.

use std::path::PathBuf;

use clap::Subcommand;

use super::handling::Why;
use super::span::{Moment, moment};

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
    /// What a rule that is not in force would have raised; nothing is alerted
    #[command(after_help = "\
Examples:
  daemoneye rules test new-rule.sql --since 7d
  daemoneye rules test rules/shell-dev-tcp.toml --since 24h -n 5 --format json

Exit codes: 0 it would have raised nothing; 1 it would have raised something; 3 nothing was found,
and something may be missing: the answer says what; 70 the file is no rule; 74 it cannot be read")]
    Test {
        /// A rule file: .toml as in a pack, .sql or .yml
        file: PathBuf,
        /// Only events that are not older: 2h, 7d, or a time such as 2026-01-31T12:00:00Z
        #[arg(long, default_value = "7d", value_name = "TIME", value_parser = moment)]
        since: Moment,
        /// Only events that are older
        #[arg(long, value_name = "TIME", value_parser = moment)]
        until: Option<Moment>,
        /// Show at most so many findings, the first
        #[arg(long, short = 'n', default_value_t = 20, value_name = "N")]
        limit: u32,
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
