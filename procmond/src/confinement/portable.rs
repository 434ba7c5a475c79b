//! Where there is no seccomp and no Landlock: nothing is confined, and that is said.

use std::path::{Path, PathBuf};

use daemoneye_bus::control::Measure;

/// Nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confinement;

impl Confinement {
    /// Does nothing.
    #[must_use]
    pub fn begin(_own: Vec<PathBuf>, _socket: Option<&Path>) -> Self {
        Confinement
    }

    /// Does nothing.
    ///
    /// # Errors
    /// None.
    pub fn speak(&self) -> Result<(), String> {
        Ok(())
    }

    /// Says that nothing was done.
    #[must_use]
    pub fn seal(self) -> Vec<Measure> {
        let why = format!("not built for {}", std::env::consts::OS);
        vec![Measure::tried("confinement", "the sensor can do what its user can", Err(why))]
    }
}

/// Does nothing.
pub fn settle() {}
