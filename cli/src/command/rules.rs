//! `daemoneye rules`: every rule with its counters, those of one state with the reason, or one rule.

use daemoneye_bus::control::{Request, Response, RuleState, RuleStatus};

use super::Out;
use crate::ask::{Agent, AskError};
use crate::exit::{End, Failure};
use crate::render::{self, escape};

/// The state that was asked for, or nothing for every state.
pub(super) fn only(inert: bool, refused: bool) -> Option<RuleState> {
    match (inert, refused) {
        (true, _) => Some(RuleState::Inert),
        (_, true) => Some(RuleState::Refused),
        _ => None,
    }
}

pub(super) async fn run(agent: &Agent, out: &Out, only: Option<RuleState>) -> Result<End, Failure> {
    let mut rules = ask(agent).await?;
    match only {
        None => out.write(&rules, |look| render::rules(&rules, look))?,
        Some(state) => {
            rules.retain(|rule| rule.state == state);
            out.write(&rules, |look| render::reasons(&rules, look))?;
        }
    }
    Ok(End::Well)
}

/// Every rule.
pub(crate) async fn ask(agent: &Agent) -> Result<Vec<RuleStatus>, AskError> {
    let part = |response| match response {
        Response::Rules(rules) => Some(rules),
        _ => None,
    };
    agent.ask(Request::Rules, part).await
}

/// `daemoneye rules show`.
pub(super) async fn show(agent: &Agent, out: &Out, id: &str) -> Result<End, Failure> {
    let part = |response| match response {
        Response::Rule(rule) => Some(rule),
        _ => None,
    };
    let rule = agent.ask(Request::Rule { id: id.to_owned() }, part).await?;
    out.write(&rule, |look| render::rule(&rule, look))?;
    Ok(End::Well)
}

/// `daemoneye rules release`.
pub(super) async fn release(agent: &Agent, out: &Out, id: &str) -> Result<End, Failure> {
    let part = |response| match response {
        Response::Released(rule) => Some(rule),
        _ => None,
    };
    let rule = agent.ask(Request::Release { id: id.to_owned() }, part).await?;
    out.write(&rule, |_| format!("rule {} is {}\n", escape(&rule.id), rule.state.name()))?;
    Ok(End::Well)
}
