//! `daemoneye packs`: every pack with its state, how releases in shadow differ from active ones, and the
//! way back to the release before.

use daemoneye_bus::control::{PackEntry, Request, Response};

use super::Out;
use super::handling::signature;
use crate::args::Why;
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

/// `daemoneye packs rollback`.
pub(super) async fn roll_back(
    agent: &Agent,
    out: &Out,
    (id, undo): (&str, bool),
    why: &Why,
) -> Result<End, Failure> {
    let part = |response| match response {
        Response::Packs(packs) => Some(packs),
        _ => None,
    };
    let request = Request::RollBack { pack: id.to_owned(), undo, signature: signature(why) };
    let packs = agent.ask(request, part).await?;
    out.write(&packs, |look| render::packs(&packs, look))?;
    Ok(End::Well)
}
