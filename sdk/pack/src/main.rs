//! `daemoneye-pack`: makes keys, signs packs, and shows whether and why an endpoint believes them.

mod args;
mod build;
mod component;
mod explain;
mod inspect;
mod keygen;
mod line;
mod new;
mod revoke;
mod root;
mod sign;
mod test;
mod verify;

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use crate::args::{Args, Command};

fn main() -> ExitCode {
    match run(Args::parse().command) {
        Ok(code) => code,
        Err(error) => {
            // Nothing is left to be done if even the error output is gone.
            let _ = writeln!(io::stderr(), "daemoneye-pack: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    let answer = match command {
        Command::Test(args) => {
            let (answer, passed) = test::run(&args)?;
            code = if passed { code } else { ExitCode::FAILURE };
            answer
        }
        Command::New(args) => new::run(&args)?,
        Command::BuildPlugin(args) => component::run(&args)?,
        Command::Keygen(args) => keygen::run(&args)?,
        Command::Root(args) => root::run(&args)?,
        Command::Revoke(args) => revoke::run(&args)?,
        Command::Sign(args) => sign::run(&args)?,
        Command::Build(args) => build::run(&args)?,
        Command::Verify(args) => verify::run(&args)?,
        Command::Inspect(args) => inspect::run(&args)?,
        Command::Explain(args) => explain::run(&args)?,
    };
    io::stdout().write_all(answer.as_bytes()).context("standard output")?;
    Ok(code)
}
