//! `daemoneye-pack`: makes keys, signs packs, and shows whether and why an endpoint believes them.

mod args;
mod bench;
mod build;
mod component;
mod diff;
mod explain;
mod host;
mod inspect;
mod keygen;
mod line;
mod manual;
mod new;
mod progress;
mod recorded;
mod replay;
mod revoke;
mod root;
mod sign;
mod table;
mod test;
mod verify;

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Parser;

use crate::args::{Args, Command};

/// As of diff(1): 1 says that there is a difference.
const NOT_COMPARED: u8 = 2;

fn main() -> ExitCode {
    let command = Args::parse().command;
    let trouble = match command {
        Command::Diff(_) => ExitCode::from(NOT_COMPARED),
        _ => ExitCode::FAILURE,
    };
    run(command).unwrap_or_else(|error| {
        // Each error's words include those of its cause.
        // Nothing is left to be done if even the error output is gone.
        let _ = writeln!(io::stderr(), "daemoneye-pack: {error}");
        trouble
    })
}

fn run(command: Command) -> Result<ExitCode> {
    let (answer, good) = answer(command)?;
    let written = io::stdout().write_all(answer.as_bytes());
    written.map_err(|error| anyhow!("standard output: {error}"))?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is shown, and whether it is good news.
fn answer(command: Command) -> Result<(String, bool)> {
    let answer = match command {
        Command::Test(args) => return Ok(test::run(&args)?),
        Command::Diff(args) => return Ok(diff::run(&args)?),
        Command::Replay(args) => return Ok(replay::run(&args)?),
        Command::New(args) => new::run(&args)?,
        Command::BuildPlugin(args) => component::run(&args)?,
        Command::Bench(args) => bench::run(&args)?,
        Command::Keygen(args) => keygen::run(&args)?,
        Command::Root(args) => root::run(&args)?,
        Command::Revoke(args) => revoke::run(&args)?,
        Command::Sign(args) => sign::run(&args)?,
        Command::Build(args) => build::run(&args)?,
        Command::Verify(args) => verify::run(&args)?,
        Command::Inspect(args) => inspect::run(&args)?,
        Command::Explain(args) => explain::run(&args)?,
        Command::Manual { folder } => manual::run(&folder)?,
    };
    Ok((answer, true))
}
