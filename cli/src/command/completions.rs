//! `daemoneye completions`: a script for a shell.

use std::io::{Write, stdout};

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Args;
use crate::exit::{End, Failure};

pub(super) fn write(shell: Shell) -> Result<End, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "daemoneye", &mut script);
    stdout().lock().write_all(&script)?;
    Ok(End::Well)
}
