//! Plugins in JavaScript and Python: an interpreter becomes the component, with the rules in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::{BuildError, Program, io_error, run};
use super::{SDK, WIT};

/// The version of the program that makes components of JavaScript, as npm names it.
pub const COMPONENTIZE_QJS: &str = "0.4.5";
/// The version of the program that makes components of Python, as pip names it.
pub const COMPONENTIZE_PY: &str = "0.25.1";

/// QuickJS as a component.
pub(super) const QUICKJS: Program = Program {
    name: "componentize-qjs",
    beside: "node_modules/.bin",
    install: "npm install   (in the plugin's folder)",
};
/// CPython as a component.
pub(super) const CPYTHON: Program = Program {
    name: "componentize-py",
    beside: ".venv/bin",
    install: "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt   (in the plugin's \
              folder)",
};

const WORLD: &str = "rule-plugin";

/// The component of a plugin in JavaScript: `plugin.js`, and what it imports from its folder.
///
/// # Errors
/// If the program is missing or says no.
pub(super) fn javascript(folder: &Path, into: &Path) -> Result<PathBuf, BuildError> {
    let program = QUICKJS.find(folder)?;
    let mut command = Command::new(&program);
    // Without `--sync` the component would need threads of the host's; without `--stub-wasi`, WASI.
    command.args(["--js", "plugin.js", "--wit", WIT, "--world", WORLD, "--stub-wasi", "--sync"]);
    made(&program, command.args(["--module-root", "."]), folder, into)
}

/// The component of a plugin in Python: `plugin.py`, and what it imports from its folder.
///
/// # Errors
/// If the program is missing or says no.
pub(super) fn python(folder: &Path, into: &Path) -> Result<PathBuf, BuildError> {
    let program = CPYTHON.find(folder)?;
    let sdk = Path::new(SDK).join("python");
    let mut command = Command::new(&program);
    command.args(["--wit-path", WIT, "--world", WORLD, "componentize", "--stub-wasi"]);
    command.arg("--python-path").arg(sdk).args(["--python-path", ".", "entry"]);
    // The libraries of whoever builds are not the plugin's.
    command.env_remove("VIRTUAL_ENV").env("PYTHONDONTWRITEBYTECODE", "1");
    made(&program, &mut command, folder, into)
}

/// Runs the program in the plugin's folder; returns the component that it made.
fn made(
    program: &Path,
    command: &mut Command,
    folder: &Path,
    into: &Path,
) -> Result<PathBuf, BuildError> {
    fs::create_dir_all(into).map_err(io_error(into))?;
    let into = into.canonicalize().map_err(io_error(into))?;
    let component = into.join("plugin.wasm");
    run(program, command.arg("--output").arg(&component).current_dir(folder))?;
    Ok(component)
}
