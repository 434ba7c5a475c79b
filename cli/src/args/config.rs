//! `daemoneye config`: what was said to it.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

/// What to know of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub(crate) enum OfConfig {
    /// What holds: every key and its value
    #[command(after_help = "\
Examples:
  daemoneye config show
  daemoneye config show --origin cli
  daemoneye config show --format json | jq -r '.[] | select(.origin.from != \"default\") | .key'

The agent's keys are what the program daemoneye-agent beside this one understands, for the user who
asks. Exit codes: 69 if there is no such program, 78 if the configuration makes no sense")]
    Show {
        /// And who says so: default, file and line, variable
        #[arg(long)]
        origin: bool,
        /// Whose
        #[arg(value_enum, default_value_t = Component::Agent)]
        of: Component,
    },
    /// Whether it makes sense: 0 if it does, 78 if it does not
    #[command(after_help = "\
Examples:
  daemoneye config check
  daemoneye config check /etc/daemoneye/agent.toml
  daemoneye config check cli.toml

Exit codes: 0 if it makes sense; 78 if it does not, standard error then names key, value and line;
69 if there is no program daemoneye-agent to ask")]
    Check {
        /// Only this file, with the environment: one named cli.toml is for daemoneye, others are for
        /// the agent [default: the files that are used, of both]
        file: Option<PathBuf>,
    },
}

/// Whose configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Component {
    /// agent.toml, for daemoneye-agent
    Agent,
    /// cli.toml, for this program
    Cli,
}
