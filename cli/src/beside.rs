//! The agent's program beside this one, which knows what its configuration means.

use std::path::{Path, PathBuf};
use std::process::Command;

use daemoneye_config::Told;
use serde::Deserialize;

/// What the agent makes of its configuration.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct AgentConfig {
    /// The files that say something, the weakest first.
    pub(crate) files: Vec<PathBuf>,
    /// Every key.
    pub(crate) keys: Vec<Told>,
}

impl AgentConfig {
    /// The path that a key says, if it says one.
    pub(crate) fn path(&self, key: &str) -> Option<PathBuf> {
        let told = self.keys.iter().find(|told| told.key == key)?;
        // A text of TOML in double quotes is one of JSON; one in other quotes is not looked at.
        serde_json::from_str(told.value.as_deref()?).ok()
    }
}

/// Why the agent's program does not tell.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum BesideError {
    /// It does not start.
    #[error("{program:?} does not start: {cause}")]
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// It says that its configuration makes no sense.
    #[error("{0}")]
    Wrong(String),
    /// It is of another version.
    #[error("{program:?} is of another version: {cause}")]
    Version {
        /// The program.
        program: PathBuf,
        /// What it said that makes no sense here.
        cause: String,
    },
}

/// Asks the program what its configuration comes to, from this file or from those that it uses.
pub(crate) fn ask(file: Option<&Path>) -> Result<AgentConfig, BesideError> {
    let program = program();
    let mut command = Command::new(&program);
    command.arg("config");
    if let Some(file) = file {
        command.arg("--config").arg(file);
    }
    let output = command.output();
    let output = output.map_err(|cause| BesideError::Start { program: program.clone(), cause })?;
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => serde_json::from_slice(&output.stdout)
            .map_err(|error| BesideError::Version { program, cause: error.to_string() }),
        Some(78) => {
            let said = said.trim_end();
            Err(BesideError::Wrong(said.strip_prefix("daemoneye-agent: ").unwrap_or(said).into()))
        }
        _ => Err(BesideError::Version { program, cause: said.lines().next().unwrap_or("").into() }),
    }
}

/// Beside this program, or else wherever programs are.
fn program() -> PathBuf {
    const NAME: &str = "daemoneye-agent";
    let beside = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join(NAME)));
    beside.filter(|program| program.exists()).unwrap_or_else(|| NAME.into())
}
