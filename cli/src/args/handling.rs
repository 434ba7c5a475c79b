//! `daemoneye alerts show`, `ack`, `close` and `reopen`: one alert, and what is done about it.

use clap::Subcommand;

use super::Letters;

/// What is wanted of alerts besides their list.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum OfAlerts {
    /// One alert: what matched, the process and its kin, the events around it, who was told
    #[command(after_help = "\
Examples:
  daemoneye alerts show 17
  daemoneye alerts show 0f3a
  daemoneye alerts show 17 --format json | jq '.around.events[].event.command_line'

Exit codes: 70 if there is no such alert, or if several ids begin so")]
    Show {
        /// The alert: its number in the table, its id, or the beginning of its id
        id: String,
    },
    /// Say that somebody looks at alerts
    #[command(after_help = "\
Examples:
  daemoneye alerts ack 17 18
  daemoneye alerts ack 0f3a --by kim --reason 'asking the owner of the host'

All of them or none. Exit codes: 70 if one is not open, or there is no such alert")]
    Ack(Acting),
    /// Say what alerts were
    #[command(after_help = "\
Examples:
  daemoneye alerts close 17 --reason 'the nightly backup'

All of them or none. Exit codes: 2 without a reason; 70 if one is closed already, or there is no
such alert")]
    Close(Reasoned),
    /// Say that alerts are to be looked at again
    #[command(after_help = "\
Examples:
  daemoneye alerts reopen 17 --reason 'the backup runs elsewhere'

All of them or none. Exit codes: 70 if one is open already, or there is no such alert")]
    Reopen(Acting),
    #[command(flatten)]
    Letters(Letters),
}

/// Which alerts, who, and perhaps why.
#[derive(Debug, PartialEq, Eq, clap::Args)]
pub(crate) struct Acting {
    /// The alerts: their numbers in the table, their ids, or the beginnings of their ids
    #[arg(value_name = "ID", required = true)]
    pub(crate) ids: Vec<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// On whose behalf, if not your own; your user is recorded in any case
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}

/// Which alerts, who, and why.
#[derive(Debug, PartialEq, Eq, clap::Args)]
pub(crate) struct Reasoned {
    /// The alerts: their numbers in the table, their ids, or the beginnings of their ids
    #[arg(value_name = "ID", required = true)]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) why: Why,
}

/// Who, and why.
#[derive(Debug, PartialEq, Eq, clap::Args)]
pub(crate) struct Why {
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// On whose behalf, if not your own; your user is recorded in any case
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}
