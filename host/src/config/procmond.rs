//! `[procmond]`: how the sensor is run.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// How the sensor is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Procmond {
    /// The program. Empty: somebody else starts it (systemd), the agent only waits for it.
    pub program: PathBuf,
    /// Milliseconds between sweeps over all processes.
    pub interval_ms: u64,
    /// Seconds that it may take to register.
    pub startup_timeout_s: u64,
    /// Where the sensor keeps what the agent has not acknowledged, and its ledger. Not said:
    /// `procmond` in the data directory.
    pub state_dir: Option<PathBuf>,
    /// Whether it looks at network connections.
    pub network: bool,
    /// Whether secrets in command lines are replaced by marks.
    pub redaction: bool,
    /// Regular expressions for what else is secret.
    pub redact: Vec<String>,
    /// The host's key for marks; `redaction.key` in the data directory unless told.
    pub redaction_key: Option<PathBuf>,
}

impl Default for Procmond {
    fn default() -> Self {
        let program = super::beside_this_program("procmond");
        Procmond {
            program,
            interval_ms: 5_000,
            startup_timeout_s: 60,
            state_dir: None,
            network: true,
            redaction: true,
            redact: Vec::new(),
            redaction_key: None,
        }
    }
}

impl Procmond {
    /// Whether the agent starts the sensor itself.
    pub fn starts(&self) -> bool {
        !self.program.as_os_str().is_empty()
    }
}
