//! `daemoneye`: asks the running agent.

use std::process::ExitCode;

fn main() -> ExitCode {
    daemoneye_cli::run(std::env::args_os())
}
