//! What was said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use daemoneye_host::replay::Schema;

const EXAMPLES: &str = "\
Examples:
  daemoneye-agent run --config /etc/daemoneye/agent.toml
  daemoneye-agent run --set kept.events_days=7 --set data_dir=/srv/daemoneye
  daemoneye-agent test --pack packs/linux-essentials
  daemoneye-agent replay --pack linux.pack --trust trust --events events.jsonl --findings found.jsonl
  daemoneye-agent replay --pack my-rules --allow-unsigned --events events.jsonl --schema sigma

Exit codes:
   0  done (run: ended by SIGTERM or Ctrl-C)
   1  failed; standard error says why (test: a test did not hold)
   2  wrong usage
  65  a loose rule was refused, and nothing was judged (replay without --skip-refused)
  78  the configuration makes no sense; standard error names key, value and where it stands";

/// Judges what the sensor sees: hosts rules, languages and sinks in a sandbox.
#[derive(Debug, Parser)]
#[command(name = "daemoneye-agent", version, about, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// What to log: error, warn, info, debug, trace, or a filter such as `daemoneye_host=debug`
    #[arg(long, global = true, default_value = "info", env = "DAEMONEYE_LOG")]
    pub(crate) log_level: String,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Watch this host until SIGTERM or Ctrl-C
    Run(Run),
    /// What the configuration comes to, as JSON: each key, its value and who says so. People ask
    /// `daemoneye config show`
    Config(Told),
    /// Manual pages and completions of this program, for packages
    #[command(hide = true)]
    Manual {
        /// A folder
        folder: PathBuf,
    },
    /// Judge recorded events: one JSON object per line in, one per finding out
    Replay(Replay),
    /// Run the tests that the rules of a pack bring with them
    Test(Test),
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) told: Told,
}

/// What the operator wants: flags over variables `DAEMONEYE_*` over files.
#[derive(Debug, Args)]
pub(crate) struct Told {
    /// The configuration [default: ~/.config/daemoneye/agent.toml over /etc/daemoneye/agent.toml]
    #[arg(long, env = "DAEMONEYE_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// One key of it, such as kept.events_days=7; wins over everything
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
}

/// Where rules come from and what judges them.
#[derive(Debug, Args)]
pub(crate) struct Rules {
    /// A .pack file or a pack's folder; replay: or a folder of loose rules (.sql, .yml, .toml)
    #[arg(long)]
    pub(crate) pack: PathBuf,
    /// Believe this folder: public keys (.pub), or a root (root.N.json)
    #[arg(long, required_unless_present = "allow_unsigned")]
    pub(crate) trust: Option<PathBuf>,
    /// Load the rules without asking who signed them; loose rules have no signature
    #[arg(long, conflicts_with = "trust")]
    pub(crate) allow_unsigned: bool,
    /// The folder of components [default: where they are installed]
    #[arg(long, env = "DAEMONEYE_PLUGINS")]
    pub(crate) plugins: Option<PathBuf>,
    /// Keep compiled code and compiled rules here, an owner-only folder [default: do not keep it]
    #[arg(long, env = "DAEMONEYE_CACHE")]
    pub(crate) cache: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    pub(crate) rules: Rules,
    /// Go on without loose rules that are refused
    #[arg(long)]
    pub(crate) skip_refused: bool,
    /// One JSON object per line; `-` is standard input
    #[arg(long)]
    pub(crate) events: PathBuf,
    /// How events name their fields: daemoneye, or sigma (Sysmon's and Sigma's names)
    #[arg(long, default_value_t = Schema::Daemoneye)]
    pub(crate) schema: Schema,
    /// Where findings go; `-` is standard output
    #[arg(long, default_value = "-")]
    pub(crate) findings: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Test {
    #[command(flatten)]
    pub(crate) rules: Rules,
    /// Events on which every rule must stay silent, in our own schema
    #[arg(long)]
    pub(crate) benign: Option<PathBuf>,
}
