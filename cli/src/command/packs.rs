//! `daemoneye packs`: every pack with its state, or how releases in shadow differ from active ones.

use daemoneye_bus::control::{PackEntry, Request, Response};

use super::Out;
use crate::ask::{Agent, AskError};
use crate::exit::{End, Failure};
use crate::render;

/// Every pack.
pub(super) async fn ask(agent: &Agent) -> Result<Vec<PackEntry>, AskError> {
    let part = |response| match response {
        Response::Packs(packs) => Some(packs),
        _ => None,
    };
    agent.ask(Request::Packs, part).await
}

pub(super) async fn run(agent: &Agent, out: &Out) -> Result<End, Failure> {
    let packs = ask(agent).await?;
    out.write(&packs, |look| render::packs(&packs, look))?;
    Ok(End::Well)
}

/// `daemoneye packs shadow`.
pub(super) async fn shadow(agent: &Agent, out: &Out) -> Result<End, Failure> {
    let part = |response| match response {
        Response::Shadow(shadow) => Some(shadow),
        _ => None,
    };
    let shadow = agent.ask(Request::Shadow, part).await?;
    out.write(&shadow, |look| render::shadow(&shadow, look))?;
    Ok(End::Well)
}
