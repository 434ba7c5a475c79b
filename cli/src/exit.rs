//! How it ended, as a number for scripts and as words for people.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use daemoneye_ledger::{FolderError, ProofError};

use crate::args::Format;
use crate::ask::AskError;
use crate::beside::BesideError;
use crate::command::LedgerFailure;
use crate::render::escape;
use crate::watch::ScreenError;

/// How an answered question ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// 0.
    Well,
    /// 1: a rule that is tried finds something.
    Found,
    /// 2: the command line makes no sense, and that was said.
    Usage,
    /// 3: the agent is not as it should be, or an answer not complete.
    Degraded,
    /// 65: the ledger is not what was written.
    Broken,
}

impl End {
    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            End::Well => 0,
            End::Found => 1,
            End::Usage => 2,
            End::Degraded => 3,
            End::Broken => 65,
        })
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The agent.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerFailure),
    /// There is no screen to watch on.
    #[error(transparent)]
    Screen(#[from] ScreenError),
    /// This program's own place to write to.
    #[error("the answer cannot be written: {0}")]
    Output(#[from] io::Error),
    /// Bytes for programs, and a terminal to write them to.
    #[error("an answer in this format is not for a terminal: {0:?}")]
    Binary(Format),
    /// A file for what waits to be written.
    #[error("rows cannot wait in {:?}: {}", std::env::temp_dir(), .0)]
    Spool(io::Error),
    /// A file that was asked for.
    #[error("{0:?} cannot be written: {1}")]
    File(PathBuf, io::Error),
    /// A file that was named.
    #[error("{0:?} cannot be read: {1}")]
    Read(PathBuf, io::Error),
    /// A file that was to go.
    #[error("{0:?} cannot be removed: {1}")]
    Unremoved(PathBuf, io::Error),
    /// This program's configuration.
    #[error(transparent)]
    Config(#[from] daemoneye_config::ConfigError),
    /// The agent's configuration, as the agent's program tells it.
    #[error(transparent)]
    Beside(#[from] BesideError),
    /// This program's own runtime.
    #[error("cannot start: {0}")]
    Start(io::Error),
}

impl Failure {
    /// Says on standard error what went wrong and what to do; returns the code.
    pub(crate) fn tell(&self) -> ExitCode {
        let advice = self.advice().map(|advice| format!("  {advice}\n")).unwrap_or_default();
        let text = format!("daemoneye: {}\n{advice}", escape(&self.to_string()));
        // Where errors cannot be written there is nobody to tell; the code still says it.
        let _nobody_reads = io::stderr().write_all(text.as_bytes());
        ExitCode::from(self.code())
    }

    /// The numbers of BSD's `sysexits.h`.
    fn code(&self) -> u8 {
        match self {
            Failure::Ask(
                AskError::NoAgent(_)
                | AskError::Unreachable { .. }
                | AskError::Starting
                | AskError::Gone(_)
                | AskError::Left(_),
            ) => 69,
            Failure::Ask(AskError::Denied(_) | AskError::NotAllowed(_)) => 77,
            Failure::Ask(AskError::Refused(_) | AskError::Answer(_) | AskError::Version(_)) => 70,
            Failure::Ledger(failure) => ledger_code(failure),
            Failure::Screen(ScreenError::Io(_)) => 74,
            Failure::Screen(_) | Failure::Binary(_) => 2,
            Failure::Output(_)
            | Failure::Spool(_)
            | Failure::File(..)
            | Failure::Read(..)
            | Failure::Unremoved(..)
            | Failure::Start(_) => 74,
            Failure::Config(_) | Failure::Beside(BesideError::Wrong(_)) => 78,
            Failure::Beside(BesideError::Start { .. }) => 69,
            Failure::Beside(BesideError::Version { .. }) => 70,
        }
    }

    fn advice(&self) -> Option<&'static str> {
        let error = match self {
            Failure::Ask(error) => error,
            Failure::Ledger(failure) => return ledger_advice(failure),
            Failure::Screen(ScreenError::Io(_)) => return None,
            Failure::Screen(_) => {
                return Some(
                    "without one, see `daemoneye alerts --follow` and `daemoneye bus tail '#'`",
                );
            }
            Failure::Binary(_) => return Some("write it into a file with -o FILE"),
            Failure::Beside(BesideError::Start { .. } | BesideError::Version { .. }) => {
                return Some("install daemoneye-agent from the same release beside daemoneye");
            }
            Failure::Config(_)
            | Failure::Beside(_)
            | Failure::Output(_)
            | Failure::Spool(_)
            | Failure::File(..)
            | Failure::Read(..)
            | Failure::Unremoved(..)
            | Failure::Start(_) => return None,
        };
        match error {
            AskError::NoAgent(_) | AskError::Unreachable { .. } => {
                Some("start it with `daemoneye-agent run`, or name its socket with --socket PATH")
            }
            AskError::Starting => {
                Some("try again in a moment; the agent's log says what it is doing")
            }
            AskError::Gone(_) | AskError::Left(_) => {
                Some("see the agent's log for why it ended or does not answer")
            }
            AskError::Denied(_) | AskError::NotAllowed(_) => {
                Some("run daemoneye as the user that runs the agent")
            }
            AskError::Version(_) => Some("install daemoneye and the agent from the same release"),
            AskError::Refused(_) | AskError::Answer(_) => None,
        }
    }
}

fn ledger_code(failure: &LedgerFailure) -> u8 {
    let io = |cause: &io::Error| match cause.kind() {
        io::ErrorKind::NotFound => 66,
        io::ErrorKind::PermissionDenied => 77,
        _ => 74,
    };
    match failure {
        LedgerFailure::Folder(FolderError::Io { cause, .. })
        | LedgerFailure::Proof(ProofError::Folder(FolderError::Io { cause, .. }))
        | LedgerFailure::File { cause, .. } => io(cause),
        LedgerFailure::Proof(ProofError::Index { .. } | ProofError::NotOlder { .. }) => 70,
        _ => 65,
    }
}

fn ledger_advice(failure: &LedgerFailure) -> Option<&'static str> {
    match ledger_code(failure) {
        66 => Some("name the sensor's state directory with --state-dir PATH"),
        77 => Some("run daemoneye as the user that runs the sensor"),
        70 => Some("entries are signed at the latest a minute after they were written"),
        _ => None,
    }
}

/// Help and the version are answers; anything else is a mistake in the command line.
pub(crate) fn usage(error: &clap::Error) -> Result<End, Failure> {
    if !error.use_stderr() {
        error.print()?;
        return Ok(End::Well);
    }
    // Where errors cannot be written there is nobody to tell; the code still says it.
    let _nobody_reads = io::stderr().write_all(complaint(error).as_bytes());
    Ok(End::Usage)
}

/// What was typed may have come from somewhere else: it is shown, and does nothing.
pub(crate) fn complaint(error: &clap::Error) -> String {
    error.render().to_string().lines().map(|line| format!("{}\n", escape(line))).collect()
}
