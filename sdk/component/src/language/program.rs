//! Programs of other languages: found, or missed with the command that installs them.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// A program that somebody else makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Program {
    /// Its file's name.
    pub name: &'static str,
    /// The folder of a plugin in which its own installer puts it, or nothing.
    pub beside: &'static str,
    /// How to install it.
    pub install: &'static str,
}

/// Why a plugin in another language does not become a component.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A program is not there.
    #[error("no program {name} in PATH{beside}; install it:\n  {install}",
        name = .0.name, beside = beside(.0), install = .0.install)]
    Missing(Program),
    /// A program is there and does not start.
    #[error("{}: {source}", program.display())]
    Start {
        /// Which.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program says no, in its own words on standard error.
    #[error("{} ended with {status}", program.display())]
    Ended {
        /// Which.
        program: PathBuf,
        /// How.
        status: ExitStatus,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn beside(program: &Program) -> String {
    match program.beside {
        "" => String::new(),
        folder => format!(" or {folder} of the plugin"),
    }
}

impl Program {
    /// Where it is: installed beside the plugin, or in one of the folders of `PATH`.
    ///
    /// # Errors
    /// If it is in neither.
    pub fn find(&self, plugin: &Path) -> Result<PathBuf, BuildError> {
        self.find_in(plugin, std::env::var_os("PATH").as_deref()).ok_or(BuildError::Missing(*self))
    }

    fn find_in(&self, plugin: &Path, path: Option<&OsStr>) -> Option<PathBuf> {
        let beside = (!self.beside.is_empty()).then(|| plugin.join(self.beside));
        let folders = path.into_iter().flat_map(std::env::split_paths);
        let mut files = beside.into_iter().chain(folders).map(|folder| folder.join(self.name));
        files.find(|file| file.is_file())
    }
}

/// Runs a program to its end; what it says goes to our standard error.
pub(super) fn run(program: &Path, command: &mut Command) -> Result<(), BuildError> {
    let program = program.to_owned();
    match command.stdout(io::stderr()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(BuildError::Ended { program, status }),
        Err(source) => Err(BuildError::Start { program, source }),
    }
}

/// An I/O error about this path.
pub(super) fn io_error(path: &Path) -> impl FnOnce(io::Error) -> BuildError + use<> {
    let path = path.to_owned();
    move |source| BuildError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: Program = Program { name: "tool", beside: "own/bin", install: "get tool" };

    #[test]
    fn what_is_installed_beside_the_plugin_comes_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = |name: &str| {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            std::fs::write(&file, "").expect("written");
            file
        };
        let path = folder.path().join("path");
        let find = || PROGRAM.find_in(folder.path(), Some(path.as_os_str()));
        assert_eq!(find(), None);
        let in_path = place("path/tool");
        assert_eq!(find(), Some(in_path));
        let beside = place("own/bin/tool");
        assert_eq!(find(), Some(beside));
    }

    #[test]
    fn a_missing_program_is_named_with_the_command_that_installs_it() {
        let said = BuildError::Missing(PROGRAM).to_string();
        assert_eq!(
            said,
            "no program tool in PATH or own/bin of the plugin; install it:\n  get tool"
        );
    }
}
