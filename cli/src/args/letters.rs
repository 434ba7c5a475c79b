//! `daemoneye alerts dead`, `replay` and `drop`: alerts that a sink did not take.

use clap::Subcommand;

/// What can be done about alerts that a sink did not take.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum Letters {
    /// Alerts that a sink refused or that failed too often, with the reason, the oldest first
    #[command(after_help = "\
Examples:
  daemoneye alerts dead
  daemoneye alerts dead --sink webhook --format json | jq -r '.[].alert.id'

Exit codes: 0 also if there are none; 70 if there is no such sink")]
    Dead {
        /// Only of this sink
        #[arg(long, value_name = "NAME")]
        sink: Option<String>,
        /// At most so many
        #[arg(long, short = 'n', default_value_t = 100, value_name = "N")]
        limit: u32,
    },
    /// Offer dead letters to their sinks again
    #[command(after_help = "\
Examples:
  daemoneye alerts replay 17
  daemoneye alerts replay --all --sink webhook

Exit codes: 0 also if --all finds none; 70 if there is no such dead letter, or nobody who
could deliver it")]
    Replay(Which),
    /// Forget dead letters for good; with --all --sink NAME of a sink that is no longer configured,
    /// also what it is still owed
    #[command(after_help = "\
Examples:
  daemoneye alerts drop 17 --sink webhook
  daemoneye alerts drop --all --sink old-webhook

Exit codes: 0 also if --all finds none; 70 if there is no such dead letter or sink")]
    Drop(Which),
}

/// Which dead letters.
#[derive(Debug, PartialEq, Eq, clap::Args)]
pub(crate) struct Which {
    /// The alert: its number in the table, or its id
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    pub(crate) alert: Option<String>,
    /// All of them
    #[arg(long)]
    pub(super) all: bool,
    /// Only of this sink
    #[arg(long, value_name = "NAME")]
    pub(crate) sink: Option<String>,
}
