//! `daemoneye-agent`: judges what the sensor sees.

mod args;
mod commands;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::new(&arguments.log_level);
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match commands::run(&arguments.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("daemoneye-agent: {error:#}");
            ExitCode::FAILURE
        }
    }
}
