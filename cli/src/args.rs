//! What was said on the command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use daemoneye_bus::alert::Severity;

const AFTER_HELP: &str = "\
Examples:
  daemoneye status
  daemoneye alerts --follow --severity high
  daemoneye alerts dead --sink webhook
  daemoneye alerts replay --all --sink webhook
  daemoneye query \"SELECT time, pid, command_line FROM process_starts WHERE user_name = 'www-data'\"
  daemoneye rules --inert
  daemoneye rules show shell-dev-tcp
  daemoneye rules release shell-dev-tcp
  daemoneye collectors
  daemoneye bus tail 'events.process.#'
  daemoneye rules --format json | jq '.[] | select(.over_budget > 0) | .id'

Exit codes:
   0  answered
   2  the command line makes no sense
   3  answered, and the agent is degraded or not yet judging (status), or a collector does not run
      (collectors)
  69  no agent answers
  70  the agent answers with an error (no such rule, not in quarantine), or is of another version
  74  the answer cannot be written
  77  permission denied";

/// Ask DaemonEye's running agent how it is, what it has found and what it has seen.
#[derive(Debug, Parser)]
#[command(name = "daemoneye", version, after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The agent's socket [default: where an agent of this user or of the system has it]
    #[arg(long, global = true, env = "DAEMONEYE_SOCKET", value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,

    /// How answers are written
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,

    /// No colours, even on a terminal; so does a NO_COLOR in the environment that is not empty
    #[arg(long, global = true)]
    pub(crate) no_color: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: fits the terminal, long texts are cut, control characters are spelled out
    Table,
    /// For programs: one complete document, or one line per alert or message with --follow and tail
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// How the agent is, and what became of every event and alert
    Status,
    /// What the agent has found, the newest last; dead letters of sinks
    #[command(args_conflicts_with_subcommands = true)]
    Alerts {
        #[command(subcommand)]
        letters: Option<Letters>,
        /// Go on: ask for new alerts every 250 ms and print each at once, until interrupted
        #[arg(long, short)]
        follow: bool,
        /// Only this bad or worse: info, low, medium, high or critical
        #[arg(long, short, default_value_t = Severity::Info, value_name = "SEVERITY")]
        severity: Severity,
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
    },
    /// Rows of stored events
    Query {
        /// One SELECT, in the dialect of the rules (docs/sql.md)
        sql: String,
        /// At most so many rows
        #[arg(long, short = 'n', default_value_t = 100, value_name = "N",
              value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// The collectors: what they are, how they are, and what the agent does about it
    Collectors,
    /// What goes over the bus between the agent, its collectors and operators
    Bus {
        #[command(subcommand)]
        what: Bus,
    },
    /// A script that completes this program's arguments, for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

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
    all: bool,
    /// Only of this sink
    #[arg(long, value_name = "NAME")]
    pub(crate) sink: Option<String>,
}

/// What is wanted of the bus.
#[derive(Debug, Subcommand)]
pub(crate) enum Bus {
    /// Clients and topics: what came, what was delivered, and what was dropped
    Status,
    /// Print what is published from now on, until interrupted
    #[command(after_help = "\
Examples:
  daemoneye bus tail 'events.process.#'
  daemoneye bus tail 'events.process.exec' --format json | jq -r .event.command_line
  daemoneye bus tail 'events.collector.+' -n 1     how the collectors are, now
  daemoneye bus tail '#'

A pattern is a topic (docs/bus.md) in which + stands for one segment, and # at its end for any
number. Events come in batches, one line each here; -n counts lines. A reader that is too slow
loses messages and is told how many on standard error; the agent loses none for it.")]
    Tail {
        /// Which topics
        pattern: String,
        /// End after so many lines
        #[arg(long, short = 'n', value_name = "N",
              value_parser = clap::value_parser!(u64).range(1..))]
        limit: Option<u64>,
    },
}

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
            assert_eq!((args.format, args.no_color), (Format::Json, true), "{words}");
        }
    }

    #[test]
    fn alerts_say_how_bad_how_many_and_whether_to_go_on() {
        match parse("alerts -f --severity high -n 5").expect("arguments").command {
            Command::Alerts { follow: true, severity: Severity::High, limit: 5, letters: None } => {
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn dead_letters_are_named_or_all_are_meant() {
        let letters = |words| match parse(words).expect(words).command {
            Command::Alerts { letters, .. } => letters,
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
            "query",
            "query x --limit 0",
            "query a b",
            "rules --inert --refused",
            "rules --inert show x",
            "rules show",
            "bus",
            "bus tail",
            "bus tail # -n 0",
            "rules release a b",
            "completions cmd.exe",
        ];
        for words in refused {
            assert_eq!(parse(words).expect_err(words).exit_code(), 2, "{words}");
        }
    }
}
