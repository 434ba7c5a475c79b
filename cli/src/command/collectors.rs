//! `daemoneye collectors`: what they are, and how.

use daemoneye_bus::control::{CollectorState, Request, Response};

use super::Out;
use crate::ask::Agent;
use crate::exit::{End, Failure};
use crate::render;

/// Ends with 3 if one of them does not run.
pub(super) async fn run(agent: &Agent, out: &Out) -> Result<End, Failure> {
    let part = |response| match response {
        Response::Status(status) => Some(status.collectors),
        _ => None,
    };
    let collectors = agent.ask(Request::Status, part).await?;
    out.write(&collectors, |look| render::collectors(&collectors, look))?;
    let well = collectors.iter().all(|one| one.state == CollectorState::Running);
    Ok(if well { End::Well } else { End::Degraded })
}
