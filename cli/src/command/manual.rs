//! `daemoneye manual`: manual pages and completions, for packages.

use std::fs;
use std::path::Path;

use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;

use crate::args::Args;
use crate::exit::{End, Failure};

/// `FOLDER/man/*.1`, one for each command, and `FOLDER/completions/SHELL/*`.
pub(super) fn write(folder: &Path) -> Result<End, Failure> {
    let failed = |error| Failure::File(folder.to_owned(), error);
    let manual = folder.join("man");
    fs::create_dir_all(&manual).map_err(failed)?;
    clap_mangen::generate_to(Args::command(), &manual).map_err(failed)?;
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        let name = shell.to_possible_value().expect("every shell has a name");
        let scripts = folder.join("completions").join(name.get_name());
        fs::create_dir_all(&scripts).map_err(failed)?;
        clap_complete::generate_to(shell, &mut Args::command(), "daemoneye", &scripts)
            .map_err(failed)?;
    }
    Ok(End::Well)
}
