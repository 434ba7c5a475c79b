//! `daemoneye collectors`: one collector, and what it is to do.

use clap::Subcommand;
use daemoneye_bus::control::{Setting, Task};

/// What is wanted of one collector. ID is as `daemoneye collectors` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub(crate) enum OneCollector {
    /// How it is, what it can do, and the configuration in force
    Show {
        /// Its id
        id: String,
    },
    /// Look and report no more. What the kernel tells meanwhile is counted, not reported
    Pause {
        /// Its id
        id: String,
    },
    /// Look again; who has come and who has gone meanwhile is told
    Resume {
        /// Its id
        id: String,
    },
    /// Have it send what it has and end. One that the agent starts stays ended until `start`
    #[command(after_help = "\
Examples:
  daemoneye collectors stop procmond
  daemoneye collectors stop procmond --force

Nothing is seen until it is started again, and an alert says so. What it has not sent stays on its disk
and is sent by its next life. One that does not answer is killed by the agent. An agent that is started
again starts its collectors, too. Exit codes: 70 if it refuses or does not end")]
    Stop {
        /// Its id
        id: String,
        /// End at once, and leave on disk what the agent has not acknowledged
        #[arg(long)]
        force: bool,
    },
    /// Start it again after `stop`
    Start {
        /// Its id
        id: String,
    },
    /// The configuration in force, after these settings are changed and no others
    #[command(after_help = "\
Examples:
  daemoneye collectors config procmond
  daemoneye collectors config procmond interval_ms=2000 network=false

All settings are changed or none. They hold until the collector ends. Exit codes: 70 if one is
unknown or cannot have its value")]
    Config {
        /// Its id
        id: String,
        /// What to change
        #[arg(value_name = "KEY=VALUE", value_parser = setting)]
        settings: Vec<Setting>,
    },
    /// Look each so many seconds
    Interval {
        /// Its id
        id: String,
        /// From 0.1 to 3600
        #[arg(value_name = "SECONDS", value_parser = milliseconds)]
        milliseconds: u64,
    },
    /// Have something looked up now, on this host
    #[command(after_help = "\
Examples:
  daemoneye collectors task procmond process 1
  daemoneye collectors task @sweeps tree 4711   # whoever can sweep, in turn
  daemoneye collectors task procmond hash 4711
  daemoneye collectors task procmond hash /usr/bin/ssh
  daemoneye collectors task procmond enumerate --format json | jq -r '.processes[].name'

Exit codes: 70 if there is no such process or file, or no answer in time")]
    Task {
        /// Its id, or @CAPABILITY
        id: String,
        #[command(subcommand)]
        task: Lookup,
    },
}

/// What is to be looked up.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub(crate) enum Lookup {
    /// Every process
    Enumerate,
    /// One process
    Process {
        /// Its number
        pid: u32,
    },
    /// A process and all that descend from it
    Tree {
        /// Its number
        pid: u32,
    },
    /// The SHA-256 of the program that a process runs, or of a file
    Hash {
        /// The number of a process, or an absolute path
        #[arg(value_name = "PID|PATH")]
        of: String,
    },
}

impl Lookup {
    /// What a collector is asked.
    pub(crate) fn task(&self) -> Task {
        match self {
            Lookup::Enumerate => Task::Enumerate,
            Lookup::Process { pid } => Task::Process { pid: *pid },
            Lookup::Tree { pid } => Task::Tree { pid: *pid },
            Lookup::Hash { of } => match of.parse() {
                Ok(pid) => Task::HashOf { pid },
                Err(_) => Task::HashFile { path: of.clone() },
            },
        }
    }
}

fn setting(text: &str) -> Result<Setting, String> {
    let (key, value) = text.split_once('=').ok_or("not of the form KEY=VALUE")?;
    Ok(Setting { key: key.to_owned(), value: value.to_owned() })
}

/// Which interval makes sense, the collector knows.
fn milliseconds(text: &str) -> Result<u64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    let milliseconds = (seconds * 1e3).round();
    let is_number = (0.0..1e15).contains(&milliseconds);
    if is_number { Ok(milliseconds as u64) } else { Err("not a number of seconds".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_milliseconds() {
        let table = [("0", 0), ("0.1", 100), ("5", 5_000), ("1e9", 1_000_000_000_000)];
        for (text, expected) in table {
            assert_eq!(milliseconds(text), Ok(expected), "{text}");
        }
        for text in ["", "x", "-1", "NaN", "inf", "1e300", "5s"] {
            assert!(milliseconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_setting_has_a_value_that_may_have_any_form() {
        let parsed = setting("a=b=c").expect("a setting");
        assert_eq!((parsed.key.as_str(), parsed.value.as_str()), ("a", "b=c"));
        assert!(setting("a").is_err());
    }

    #[test]
    fn a_number_is_a_process_and_anything_else_a_file() {
        let of = |of: &str| Lookup::Hash { of: of.to_owned() }.task();
        assert_eq!(of("17"), Task::HashOf { pid: 17 });
        assert_eq!(of("/bin/sh"), Task::HashFile { path: "/bin/sh".to_owned() });
    }
}
