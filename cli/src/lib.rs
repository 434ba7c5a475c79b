//! The operator's command line: what is asked of the running agent, and how its answers look.
//!
//! ```text
//! args      what was said
//! config    what was said elsewhere: files, environment
//! beside    the agent's program, which knows its own configuration
//! socket    where the agent is, if nobody said
//! command   one file per command: ask, render, write
//! ask       the agent's answer, or why there is none
//! render    answers as text, without I/O; hostile text is made harmless
//! doctor    what this host has, and what that means
//! metrics   counters in Prometheus' text format
//! report    answers as one page of HTML, likewise
//! watch     the agent on a screen, as it goes on
//! sheet     rows on their way to a file or a terminal
//! terminal  what the terminal can show
//! exit      how it ended, as a number
//! ```

mod args;
mod ask;
mod beside;
mod command;
mod config;
mod doctor;
mod exit;
mod metrics;
mod render;
mod report;
mod sheet;
mod socket;
mod terminal;
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use args::Args;
use exit::{End, Failure};

/// Does what the arguments say; the first is the program's name. Answers go to standard output,
/// errors to standard error.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let result = match Args::try_parse_from(arguments) {
        Ok(args) => match args.checked() {
            Ok(()) => command::run(&args),
            Err(usage) => exit::usage(&usage),
        },
        Err(usage) => exit::usage(&usage),
    };
    match result {
        Ok(end) => end.code(),
        // Whoever read the answer has read enough.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            End::Well.code()
        }
        Err(failure) => failure.tell(),
    }
}
