//! What was said on the command line: one file for each command that has commands of its own.

mod bus;
mod collectors;
mod config;
mod except;
mod format;
mod handling;
mod ledger;
mod letters;
mod packs;
mod query;
mod rule;
#[cfg(test)]
mod shown;
mod span;
#[cfg(test)]
mod wrong;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::Shell;
use daemoneye_bus::alert::Severity;
use daemoneye_bus::handling::AlertState;
use jiff::SignedDuration;

pub(crate) use bus::Bus;
pub(crate) use collectors::OneCollector;
pub(crate) use config::{Component, OfConfig};
pub(crate) use except::{Except, NewException};
pub(crate) use format::Format;
pub(crate) use handling::{Acting, OfAlerts, Reasoned, Why};
pub(crate) use ledger::{LedgerArgs, LedgerQuestion};
pub(crate) use letters::{Letters, Which};
pub(crate) use packs::OfPacks;
pub(crate) use query::Query;
pub(crate) use rule::OneRule;
pub(crate) use span::Moment;
use span::span;

const AFTER_HELP: &str = "\
Examples:
  daemoneye status
  daemoneye watch
  daemoneye alerts --follow --severity high
  daemoneye alerts show 17
  daemoneye alerts close 17 --reason 'the nightly backup'
  daemoneye except add --from-alert 17 --owner ops --expires 30d --reason 'the nightly backup'
  daemoneye alerts dead --sink webhook
  daemoneye alerts replay --all --sink webhook
  daemoneye query \"SELECT time, pid, command_line FROM process_starts WHERE user_name = 'www-data'\"
  daemoneye query 'SELECT name, count(*) FROM process_starts GROUP BY name' --since 2h --format csv
  daemoneye report --since 24h -o report.html
  daemoneye rules --inert
  daemoneye rules show shell-dev-tcp
  daemoneye rules test new-rule.sql --since 7d
  daemoneye rules disable shell-dev-tcp --reason 'too noisy here'
  daemoneye rules release shell-dev-tcp
  daemoneye collectors
  daemoneye collectors task procmond tree 4711
  daemoneye bus tail 'events.process.#'
  daemoneye packs
  daemoneye packs add linux-5.pack
  daemoneye packs rollback linux-essentials --reason 'release 5 floods us'
  daemoneye packs shadow
  daemoneye doctor
  daemoneye config show --origin
  daemoneye metrics --textfile /var/lib/node_exporter/daemoneye.prom
  daemoneye ledger verify
  daemoneye rules --format json | jq '.[] | select(.over_budget > 0) | .id'

Exit codes:
   0  answered
   1  a rule that is tried would have raised something (rules test)
   2  the command line makes no sense, or there is no terminal to draw on (watch)
   3  answered, and the agent is degraded or not yet judging (status), a collector does not run or
      is paused (collectors), something may be missing (query, rules test), or something here has to
      be mended (doctor)
  65  the ledger is not what was written (ledger only)
  66  no ledger there (ledger only)
  69  no agent answers, or it is still starting
  70  the agent answers with an error (no such rule or alert, closed already, a collector refuses or
      does not answer), or is of another version
  74  the answer or a file cannot be written
  77  permission denied
  78  the configuration makes no sense";

const WATCH_HELP: &str = "\
Examples:
  daemoneye watch
  NO_COLOR=1 daemoneye watch

It is read by keys: 1 to 5 and Tab change the view, j and k move, Enter tells all about a line, / shows
only lines with a text, p pauses, ? tells of all keys, q ends. When the agent goes, the top says so,
what was known stays, and the agent is looked for once a second. It needs a terminal; in scripts, take
`daemoneye alerts --follow` or `daemoneye bus tail '#'`.";

/// Ask DaemonEye's running agent how it is, what it has found and what it has seen.
#[derive(Debug, Parser)]
#[command(name = "daemoneye", version, after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The agent's socket [default: where an agent of this user or of the system has it]
    #[arg(long, global = true, env = "DAEMONEYE_SOCKET", value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,

    /// How answers are written [default: table]
    #[arg(long, global = true, value_enum)]
    pub(crate) format: Option<Format>,

    /// No colours, even on a terminal; so does a NO_COLOR in the environment that is not empty
    #[arg(long, global = true)]
    pub(crate) no_color: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Which alerts are wanted, by how far they are handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted(
    /// Nothing stands for all.
    pub(crate) Option<AlertState>,
);

fn state(word: &str) -> Result<Wanted, String> {
    if word == "all" {
        return Ok(Wanted(None));
    }
    word.parse().map(|state| Wanted(Some(state))).map_err(|error| format!("{error}, all"))
}

impl Args {
    /// Whether what is wanted can be written so.
    pub(crate) fn checked(&self) -> Result<(), clap::Error> {
        let is_of_rows = self.format.is_some_and(Format::is_of_rows);
        if !is_of_rows || matches!(self.command, Command::Query(_)) {
            return Ok(());
        }
        let message = "only the answer of `query` is written as jsonl, csv, parquet or arrow\n";
        Err(clap::Error::raw(clap::error::ErrorKind::InvalidValue, message))
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// How the agent is, and what became of every event and alert
    Status,
    /// Processes, alerts, rules, events and health as they are now, on the whole terminal
    #[command(after_help = WATCH_HELP)]
    Watch,
    /// What the agent has found and nobody has handled, the newest last; one alert; dead letters
    #[command(args_conflicts_with_subcommands = true)]
    Alerts {
        #[command(subcommand)]
        of: Option<OfAlerts>,
        /// Go on: ask for new alerts every 250 ms and print each at once, until interrupted
        #[arg(long, short)]
        follow: bool,
        /// Only this bad or worse: info, low, medium, high or critical
        #[arg(long, short, default_value_t = Severity::Info, value_name = "SEVERITY")]
        severity: Severity,
        /// Only those that are open, acknowledged, closed or excepted; or all
        #[arg(long, default_value = "open", value_name = "STATE", value_parser = state,
              conflicts_with = "follow")]
        state: Wanted,
        /// At most so many, the newest; with --follow, so many of those that are there already
        #[arg(long, short = 'n', default_value_t = 100, value_name = "N")]
        limit: u32,
    },
    /// Every rule, its state, and what became of the events it was offered
    #[command(args_conflicts_with_subcommands = true)]
    Rules {
        #[command(subcommand)]
        one: Option<OneRule>,
        /// Only rules that can never match on this host, and why
        #[arg(long, conflicts_with = "refused")]
        inert: bool,
        /// Only rules that were refused, and why
        #[arg(long)]
        refused: bool,
        /// Only rules that an operator has disabled, and why
        #[arg(long, conflicts_with_all = ["inert", "refused"])]
        disabled: bool,
        /// Every column, however wide the terminal is
        #[arg(long)]
        wide: bool,
    },
    /// What is excepted from alerts: kept and counted, and nobody is told
    Except {
        #[command(subcommand)]
        what: Except,
    },
    /// Every pack: active, in shadow or refused, and why
    Packs {
        #[command(subcommand)]
        of: Option<OfPacks>,
    },
    /// Rows of stored events
    Query(Box<Query>),
    /// One page about the last hours, as HTML that needs nothing from elsewhere
    #[command(after_help = "\
Examples:
  daemoneye report
  daemoneye report --since 7d -o week.html

The page has command lines in it: it is created for its owner only. It says itself whether it is
complete. Exit codes: 74 if the file cannot be written")]
    Report {
        /// How far back: 24h, 90min, 7d
        #[arg(long, default_value = "24h", value_name = "TIME", value_parser = span)]
        since: SignedDuration,
        /// The file; what is there is replaced
        #[arg(long, short, default_value = "daemoneye-report.html", value_name = "FILE")]
        output: PathBuf,
    },
    /// The collectors: what they are, how they are, and what the agent does about it
    #[command(after_help = "\
Examples:
  daemoneye collectors
  daemoneye collectors show procmond
  daemoneye collectors pause procmond
  daemoneye collectors stop procmond
  daemoneye collectors interval procmond 0.5
  daemoneye collectors task procmond hash 4711

The agent gives the order, and the ledger tells who wanted it: `daemoneye ledger acts`.")]
    Collectors {
        #[command(subcommand)]
        one: Option<OneCollector>,
    },
    /// What goes over the bus between the agent, its collectors and operators
    Bus {
        #[command(subcommand)]
        what: Bus,
    },
    /// Whether the ledger of what the sensor published is still what was written; needs no agent
    Ledger(LedgerArgs),
    /// Whether this host has what DaemonEye needs, whether all is well, and what to do if it is not
    #[command(after_help = "\
Examples:
  daemoneye doctor
  sudo daemoneye doctor --format json | jq -r '.[] | select(.state == \"fail\") | .remedy'

It works without an agent, and looks with the eyes of whoever asks. Exit codes: 0 if nothing fails,
warnings or not; 3 if something does")]
    Doctor,
    /// Counters of the agent, its rules and its sinks, in Prometheus' text format
    #[command(after_help = "\
Examples:
  daemoneye metrics
  daemoneye metrics --textfile /var/lib/prometheus/node-exporter/daemoneye.prom

Nothing listens: a timer writes the file, and node_exporter's textfile collector reads it. Without an
agent the file says daemoneye_up 0, and the exit code is 69")]
    Metrics {
        /// Into this file, which is replaced whole, instead of standard output
        #[arg(long, value_name = "PATH")]
        textfile: Option<PathBuf>,
    },
    /// What holds of the configuration, and who says so
    Config {
        #[command(subcommand)]
        what: OfConfig,
    },
    /// Manual pages and completions of this program, for packages
    #[command(hide = true)]
    Manual {
        /// A folder
        folder: PathBuf,
    },
    /// A script that completes this program's arguments, for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(words: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(std::iter::once("daemoneye").chain(words.split_whitespace()))
    }

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn global_options_may_come_before_or_after_the_command() {
        for words in ["--format json --no-color status", "status --no-color --format json"] {
            let args = parse(words).expect(words);
            assert_eq!((args.format, args.no_color), (Some(Format::Json), true), "{words}");
        }
    }

    #[test]
    fn alerts_say_how_bad_how_many_and_whether_to_go_on() {
        match parse("alerts -f --severity high -n 5").expect("arguments").command {
            Command::Alerts {
                follow: true, severity: Severity::High, limit: 5, of: None, ..
            } => {}
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn dead_letters_are_named_or_all_are_meant() {
        let letters = |words| match parse(words).expect(words).command {
            Command::Alerts { of: Some(OfAlerts::Letters(letters)), .. } => Some(letters),
            other => panic!("{other:?}"),
        };
        let which = |alert: Option<&str>, sink: Option<&str>| Which {
            alert: alert.map(str::to_owned),
            all: alert.is_none(),
            sink: sink.map(str::to_owned),
        };
        let one = Letters::Replay(which(Some("17"), None));
        assert_eq!(letters("alerts replay 17"), Some(one));
        let all = Letters::Drop(which(None, Some("x")));
        assert_eq!(letters("alerts drop --all --sink x"), Some(all));
        assert_eq!(letters("alerts dead"), Some(Letters::Dead { sink: None, limit: 100 }));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let refused = [
            "",
            "stat",
            "status --format xml",
            "alerts --severity awful",
            "alerts --limit -1",
            "alerts replay",
            "alerts replay 17 --all",
            "alerts drop --sink x",
            "alerts --follow dead",
            "alerts --follow --state closed",
            "alerts --state done",
            "alerts show",
            "alerts show 1 2",
            "alerts ack",
            "alerts close 17",
            "alerts close --reason x",
            "except",
            "except add",
            "except add --from-alert 1 --owner o --reason r",
            "except add --from-alert 1 --owner o --expires 1d",
            "except add --from-alert 1 --expires 1d --reason r",
            "except add --owner o --expires 1d --reason r",
            "except add --rule r --owner o --expires 1d --reason r",
            "except add --rule r --where pid --owner o --expires 1d --reason r",
            "except add --rule r --where =x --owner o --expires 1d --reason r",
            "except add --rule r --where a=b --from-alert 1 --owner o --expires 1d --reason r",
            "except add --rule r --where a=b --field a --owner o --expires 1d --reason r",
            "except add --from-alert 1 --where a=b --owner o --expires 1d --reason r",
            "except add --from-alert 1 --owner o --expires never --reason r",
            "except add --from-alert 1 --owner o --expires 0d --reason r",
            "except add --from-alert 1 --owner o --expires=-1d --reason r",
            "except add --from-alert 1 --owner o --expires 2026-02-30 --reason r",
            "except show x",
            "except remove 1",
            "rules disable x",
            "rules enable x",
            "rules --disabled --inert",
            "query",
            "query x --limit 0",
            "query x --limit 1000001",
            "query x --since yesterday",
            "query x --timeout 0s",
            "rules test",
            "rules test x --since 1month",
            "query a b",
            "rules --inert --refused",
            "rules --inert show x",
            "rules show",
            "bus",
            "bus tail",
            "bus tail # -n 0",
            "packs x",
            "packs shadow x",
            "packs add",
            "packs remove",
            "packs rollback",
            "packs rollback x",
            "packs rollback x --undo",
            "rules release a b",
            "collectors pause",
            "collectors stop",
            "collectors start a b",
            "collectors config procmond interval_ms",
            "collectors interval procmond 5s",
            "collectors task procmond",
            "collectors task procmond tree x",
            "ledger acts -n 0",
            "report --since",
            "report --since yesterday",
            "report --since 0h",
            "report --since 1month",
            "report --since=-1h",
            "completions cmd.exe",
            "config",
            "config show somebody",
            "config check a b",
            "doctor x",
            "metrics --textfile",
            "ledger",
            "ledger prove",
            "ledger prove -1",
            "ledger consistency",
        ];
        for words in refused {
            assert_eq!(parse(words).expect_err(words).exit_code(), 2, "{words}");
        }
    }
}
