//! `daemoneye watch`: what the agent sees, as it sees it.

use std::path::Path;

use crate::args::Format;
use crate::ask::Agent;
use crate::exit::{End, Failure};
use crate::terminal::Look;
use crate::watch::{self, ScreenError};

/// Whether there is a terminal for it, before an agent is asked.
pub(super) fn check(format: Format) -> Result<(), ScreenError> {
    match format {
        Format::Table => watch::check(),
        _ => Err(ScreenError::Format),
    }
}

pub(super) async fn run(agent: Agent, socket: &Path, look: Look) -> Result<End, Failure> {
    watch::run(agent, socket, look).await
}
