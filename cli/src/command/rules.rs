//! `daemoneye rules`: every rule with its state and its counters, or those of one state with the reason.

use daemoneye_bus::control::{Request, Response, RuleState};

use super::Out;
use crate::ask::Agent;
use crate::exit::{End, Failure};
use crate::render;

/// The state that was asked for, or nothing for every state.
pub(super) fn only(inert: bool, refused: bool) -> Option<RuleState> {
    match (inert, refused) {
        (true, _) => Some(RuleState::Inert),
        (_, true) => Some(RuleState::Refused),
        _ => None,
    }
}

pub(super) async fn run(agent: &Agent, out: &Out, only: Option<RuleState>) -> Result<End, Failure> {
    let part = |response| match response {
        Response::Rules(rules) => Some(rules),
        _ => None,
    };
    let mut rules = agent.ask(Request::Rules, part).await?;
    match only {
        None => out.write(&rules, |look| render::rules(&rules, look))?,
        Some(state) => {
            rules.retain(|rule| rule.state == state);
            out.write(&rules, |look| render::reasons(&rules, look))?;
        }
    }
    Ok(End::Well)
}
