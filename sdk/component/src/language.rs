//! Plugins that are not written in Rust: which language a folder holds, and what builds it.

mod c;
mod program;
mod scripting;

use std::path::{Path, PathBuf};

pub use program::{BuildError, Program};
pub use scripting::{COMPONENTIZE_PY, COMPONENTIZE_QJS};

/// Where a plugin has its copy of the SDK: a folder for each language.
pub const SDK: &str = "vendor/sdk";
/// Where a plugin has its copy of the interfaces.
pub const WIT: &str = "vendor/wit";

/// A language that rules are written in, besides Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// `plugin.c`, compiled.
    C,
    /// `plugin.js`, with QuickJS around it.
    JavaScript,
    /// `plugin.py`, with CPython around it.
    Python,
}

impl Language {
    /// Every language.
    pub const ALL: [Language; 3] = [Language::C, Language::JavaScript, Language::Python];

    /// The file in which a plugin's rules are.
    pub fn source(self) -> &'static str {
        match self {
            Language::C => "plugin.c",
            Language::JavaScript => "plugin.js",
            Language::Python => "plugin.py",
        }
    }

    /// The language of the plugin in a folder, by the file in which its rules are.
    pub fn of(folder: &Path) -> Option<Language> {
        Language::ALL.into_iter().find(|language| folder.join(language.source()).is_file())
    }

    /// The programs that build it; each knows how to install it.
    pub fn programs(self) -> &'static [Program] {
        match self {
            Language::C => &[c::CLANG, c::LINKER],
            Language::JavaScript => &[scripting::QUICKJS],
            Language::Python => &[scripting::CPYTHON],
        }
    }

    /// Builds the plugin in a folder; returns the component, or for C the module that becomes one.
    /// What is made on the way is in the plugin's folder `build`.
    ///
    /// # Errors
    /// If a program is missing or says no, or the plugin has no interfaces beside it.
    pub fn build(self, folder: &Path) -> Result<PathBuf, BuildError> {
        let folder = folder.canonicalize().map_err(program::io_error(folder))?;
        let into = folder.join("build");
        match self {
            Language::C => c::compile(&folder, &into),
            Language::JavaScript => scripting::javascript(&folder, &into),
            Language::Python => scripting::python(&folder, &into),
        }
    }
}
