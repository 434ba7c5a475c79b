//! `daemoneye status`: how the agent is.

use daemoneye_bus::control::{AgentState, Request, Response, Status};

use super::Out;
use crate::ask::{Agent, AskError};
use crate::exit::{End, Failure};
use crate::render;

pub(super) async fn run(agent: &Agent, out: &Out) -> Result<End, Failure> {
    let status = ask(agent).await?;
    out.write(&status, |look| render::status(&status, look))?;
    let well = status.state == AgentState::SteadyState && status.degraded.is_empty();
    Ok(if well { End::Well } else { End::Degraded })
}

/// The status.
pub(crate) async fn ask(agent: &Agent) -> Result<Box<Status>, AskError> {
    let part = |response| match response {
        Response::Status(status) => Some(status),
        _ => None,
    };
    agent.ask(Request::Status, part).await
}
