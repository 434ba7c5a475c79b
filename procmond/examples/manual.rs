//! Writes the sensor's manual page and completions into a folder, for packages. An example, so that
//! the program itself links no more than it must.

#[expect(dead_code, reason = "only what the arguments are called is wanted here")]
#[path = "../src/args.rs"]
mod args;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).context("no folder is named")?);
    let manual = folder.join("man");
    std::fs::create_dir_all(&manual)?;
    clap_mangen::generate_to(args::Arguments::command(), &manual)?;
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        let name = shell.to_possible_value().context("a shell without a name")?;
        let scripts = folder.join("completions").join(name.get_name());
        std::fs::create_dir_all(&scripts)?;
        clap_complete::generate_to(shell, &mut args::Arguments::command(), "procmond", &scripts)?;
    }
    Ok(())
}
