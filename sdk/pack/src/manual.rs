//! The tool's manual pages and completions, for packages.

use std::path::Path;

use anyhow::{Context, Result};
use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;

use crate::args::Args;

/// `FOLDER/man/*.1`, one for each command, and `FOLDER/completions/SHELL/*`.
pub(crate) fn run(folder: &Path) -> Result<String> {
    let manual = folder.join("man");
    std::fs::create_dir_all(&manual).with_context(|| format!("{}", manual.display()))?;
    clap_mangen::generate_to(Args::command(), &manual)?;
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        let name = shell.to_possible_value().context("a shell without a name")?;
        let scripts = folder.join("completions").join(name.get_name());
        std::fs::create_dir_all(&scripts).with_context(|| format!("{}", scripts.display()))?;
        clap_complete::generate_to(shell, &mut Args::command(), "daemoneye-pack", &scripts)?;
    }
    Ok(String::new())
}
