//! `daemoneye rules`: the loaded rules and their counters.

use daemoneye_bus::control::{Request, Response};

use super::Out;
use crate::ask::Agent;
use crate::exit::{End, Failure};
use crate::render;

pub(super) async fn run(agent: &Agent, out: &Out) -> Result<End, Failure> {
    let part = |response| match response {
        Response::Rules(rules) => Some(rules),
        _ => None,
    };
    let rules = agent.ask(Request::Rules, part).await?;
    out.write(&rules, |look| render::rules(&rules, look))?;
    Ok(End::Well)
}
