//! `daemoneye-agent`: judges what the sensor sees.

mod args;
mod commands;
mod manual;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::new(&arguments.log_level);
    let colour = std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    // A log that cannot be written, on a full disk, must be nobody's end.
    let log = tracing_subscriber::fmt().with_ansi(colour).with_writer(std::io::stderr);
    log.log_internal_errors(false).with_env_filter(filter).init();
    match commands::run(&arguments.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("daemoneye-agent: {error:#}");
            ExitCode::FAILURE
        }
    }
}
