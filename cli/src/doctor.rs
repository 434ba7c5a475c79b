//! What this host has, and what that means for DaemonEye.
//!
//! ```text
//! facts   what was found, as plain values
//! probe   looks; decides nothing
//! kernel, files, clock, agent   decide; look at nothing
//! ```

mod agent;
mod clock;
mod facts;
mod files;
mod kernel;
mod probe;

use serde::Serialize;

pub(crate) use facts::{Answer, Facts};
pub(crate) use probe::probe;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// As it should be.
    Ok,
    /// It works, with less.
    Warn,
    /// It does not work, or not safely.
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    /// Such as `landlock`.
    pub(crate) name: &'static str,
    /// How it is.
    pub(crate) state: State,
    /// What was found, and what that means.
    pub(crate) found: String,
    /// What to do about it; nothing where nothing is to be done.
    pub(crate) remedy: Option<String>,
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Check { name, state: State::Ok, found: found.into(), remedy: None }
    }

    fn warn(name: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Check { name, state: State::Warn, found: found.into(), remedy: Some(remedy.into()) }
    }

    fn fail(name: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Check { name, state: State::Fail, found: found.into(), remedy: Some(remedy.into()) }
    }
}

/// Everything that there is to say, in the order in which it is to be mended.
pub(crate) fn examine(facts: &Facts) -> Vec<Check> {
    let rooms = [kernel::examine, files::examine, clock::examine, agent::examine];
    rooms.iter().flat_map(|examine| examine(facts)).collect()
}

#[cfg(test)]
mod tests;
