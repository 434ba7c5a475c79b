//! `daemoneye bus`: what goes over the bus.

use clap::Subcommand;

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
  daemoneye bus tail 'events.collector.+' -n 1   # how the collectors are, now
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
