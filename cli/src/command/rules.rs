//! `daemoneye rules`: every rule with its counters, those of one state with the reason, or one rule.

use std::fs;
use std::path::Path;

use daemoneye_bus::control::{Request, Response, RuleState, RuleStatus, Trial};

use super::Out;
use super::handling::signature;
use crate::args::{Moment, OneRule, Why};
use crate::ask::{Agent, AskError};
use crate::exit::{End, Failure};
use crate::render::{self, escape};

/// The state that was asked for, or nothing for every state.
pub(super) fn only(inert: bool, refused: bool, disabled: bool) -> Option<RuleState> {
    let states =
        [(inert, RuleState::Inert), (refused, RuleState::Refused), (disabled, RuleState::Disabled)];
    states.into_iter().find_map(|(wanted, state)| wanted.then_some(state))
}

/// One rule: told, or changed.
pub(super) async fn one(agent: &Agent, out: &Out, one: &OneRule) -> Result<End, Failure> {
    match one {
        OneRule::Show { id } => show(agent, out, id).await,
        OneRule::Release { id } => release(agent, out, id).await,
        OneRule::Test { file, since, until, limit } => {
            test(agent, out, file, (*since, *until), *limit).await
        }
        OneRule::Disable { id, why } => switch(agent, out, (id, false), why).await,
        OneRule::Enable { id, why } => switch(agent, out, (id, true), why).await,
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
async fn show(agent: &Agent, out: &Out, id: &str) -> Result<End, Failure> {
    let part = |response| match response {
        Response::Rule(rule) => Some(rule),
        _ => None,
    };
    let rule = agent.ask(Request::Rule { id: id.to_owned() }, part).await?;
    out.write(&rule, |look| render::rule(&rule, look))?;
    Ok(End::Well)
}

/// `daemoneye rules release`.
async fn release(agent: &Agent, out: &Out, id: &str) -> Result<End, Failure> {
    let part = |response| match response {
        Response::Released(rule) => Some(rule),
        _ => None,
    };
    let rule = agent.ask(Request::Release { id: id.to_owned() }, part).await?;
    out.write(&rule, |_| format!("rule {} is {}\n", escape(&rule.id), rule.state.name()))?;
    Ok(End::Well)
}

/// `daemoneye rules test`.
async fn test(
    agent: &Agent,
    out: &Out,
    file: &Path,
    (since, until): (Moment, Option<Moment>),
    limit: u32,
) -> Result<End, Failure> {
    let text = fs::read_to_string(file).map_err(|error| Failure::Read(file.to_owned(), error))?;
    let now = out.look.now;
    let (since, until) = (Some(since.before(now)), until.map(|until| until.before(now)));
    let file = file.display().to_string();
    let trial = Request::Try(Box::new(Trial { file, text, since, until, limit }));
    let part = |response| match response {
        Response::Trial(report) => Some(report),
        _ => None,
    };
    let report = agent.ask(trial, part).await?;
    out.write(&render::Trial::from(&*report), |look| render::trial(&report, look))?;
    Ok(match (report.matched, report.degraded.is_empty() && report.unjudged == 0) {
        (1.., _) => End::Found,
        (0, false) => End::Degraded,
        (0, true) => End::Well,
    })
}

/// `daemoneye rules disable` and `enable`.
async fn switch(
    agent: &Agent,
    out: &Out,
    (id, on): (&str, bool),
    why: &Why,
) -> Result<End, Failure> {
    let part = |response| match response {
        Response::Switched(rule) => Some(rule),
        _ => None,
    };
    let request = Request::Switch { rule: id.to_owned(), on, signature: signature(why) };
    let rule = agent.ask(request, part).await?;
    out.write(&rule, |_| format!("rule {} is {}\n", escape(&rule.id), rule.state.name()))?;
    Ok(End::Well)
}
