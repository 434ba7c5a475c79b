//! What was said on the command line.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;
use procmond::redaction::{Redactor, key};

const EXAMPLES: &str = "\
Examples:
  procmond --once                        every process now, one JSON line each
  procmond --standalone                  every start, exec, stop, ... as a JSON line
  procmond --standalone --interval 1s | jq -c '[.kind, .pid, .command_line]'
  procmond --bus /run/daemoneye/run/bus.sock    as the agent starts it
  procmond --mark --redaction-key FILE < secret.txt    what stands for it in events

Exit codes:
  0   ended by SIGTERM, Ctrl-C, the agent, or a closed pipe
  1   failed; standard error says why
  2   wrong usage
  75  there has been no agent for longer than the patience";

/// Sees processes start, change and stop. Without an agent it prints them.
#[derive(Debug, Parser)]
#[command(name = "procmond", version, about, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The agent's socket
    #[arg(long, env = "DAEMONEYE_BUS_SOCKET")]
    pub(crate) bus: Option<PathBuf>,
    /// Who it is on the bus, if there are several: 1 to 32 of [a-z0-9_-]
    #[arg(long, default_value = "procmond", value_parser = id)]
    pub(crate) id: String,
    /// Print events as JSON lines, also if there is a socket
    #[arg(long)]
    pub(crate) standalone: bool,
    /// Print every process once, and end
    #[arg(long, conflicts_with = "standalone")]
    pub(crate) once: bool,
    /// Between sweeps over all processes, such as 500ms or 5s; at least 100ms
    #[arg(long, default_value = "5s")]
    pub(crate) interval: Span,
    /// Between heartbeats
    #[arg(long, default_value = "5s")]
    pub(crate) heartbeat: Span,
    /// How long to look for an agent that is not there
    #[arg(long, default_value = "30s")]
    pub(crate) patience: Span,
    /// Where to keep what the agent has not acknowledged, and the ledger; for its owner only
    /// [default: `procmond` beside the folder of the socket]
    #[arg(long)]
    state_dir: Option<PathBuf>,
    /// How many MiB of unacknowledged events to keep; above 70 % the sensor sees less
    #[arg(long, default_value = "256", value_parser = clap::value_parser!(u64).range(64..=65536))]
    keep: u64,
    /// End when the agent is gone and this process, which has started the sensor, has ended
    #[arg(long, value_name = "PID")]
    pub(crate) parent: Option<u32>,
    /// Only sweep; do not ask the kernel to tell of each process
    #[arg(long)]
    pub(crate) no_connector: bool,
    /// Do not look at network connections
    #[arg(long)]
    pub(crate) no_network: bool,
    /// What to log: error, warn, info, debug, trace
    #[arg(long, default_value = "warn", env = "DAEMONEYE_LOG")]
    pub(crate) log_level: String,
    #[command(flatten)]
    pub(crate) redaction: Redaction,
}

/// What becomes of secrets in command lines.
#[derive(Debug, clap::Args)]
pub(crate) struct Redaction {
    /// Keep secrets in command lines
    #[arg(long)]
    pub(crate) no_redaction: bool,
    /// What else is secret in an argument: what group 1 matches, or all
    #[arg(long = "redact", value_name = "REGEX")]
    pub(crate) expressions: Vec<String>,
    /// This host's key for marks, made if it is not there; without it marks hold for one run
    #[arg(long = "redaction-key", value_name = "FILE", env = "DAEMONEYE_REDACTION_KEY")]
    pub(crate) key: Option<PathBuf>,
    /// Print the mark of the secret on standard input, as rules can match it, and end
    #[arg(long, requires = "key", conflicts_with = "no_redaction")]
    pub(crate) mark: bool,
}

impl Redaction {
    /// As it was said; nothing if secrets are to stay.
    pub(crate) fn redactor(&self) -> Result<Option<Redactor>> {
        if self.no_redaction {
            return Ok(None);
        }
        let key = match &self.key {
            Some(path) => key::kept(path)?,
            None => key::passing()?,
        };
        Ok(Some(Redactor::new(key, &self.expressions)?))
    }
}

impl Arguments {
    /// Where what must not be lost is kept, for an agent with this socket.
    pub(crate) fn state_dir(&self, socket: &Path) -> PathBuf {
        let beside = || socket.parent()?.parent().map(|data| data.join("procmond"));
        self.state_dir.clone().or_else(beside).unwrap_or_else(|| PathBuf::from("procmond"))
    }

    /// How many bytes of it may be kept.
    pub(crate) fn keep_bytes(&self) -> u64 {
        self.keep << 20
    }
}

fn id(text: &str) -> std::result::Result<String, String> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    let fits = (1..=32).contains(&text.len()) && text.bytes().all(allowed);
    if fits { Ok(text.to_owned()) } else { Err("not 1 to 32 of [a-z0-9_-]".to_owned()) }
}

/// A time span of at least 100 ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let factor = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            _ => return Err("not of the form 500ms, 5s or 1m".to_owned()),
        };
        let number: u64 =
            number.parse().map_err(|_| "not of the form 500ms, 5s or 1m".to_owned())?;
        match number.checked_mul(factor) {
            Some(milliseconds @ 100..=3_600_000) => Ok(Span(Duration::from_millis(milliseconds))),
            _ => Err("not from 100ms to 60m".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_a_unit_and_bounds() {
        let table = [("100ms", 100), ("5s", 5_000), ("60m", 3_600_000)];
        for (text, milliseconds) in table {
            assert_eq!(text.parse(), Ok(Span(Duration::from_millis(milliseconds))), "{text}");
        }
        for text in ["", "5", "99ms", "61m", "s", "-5s", "5h", "99999999999999999999s"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
