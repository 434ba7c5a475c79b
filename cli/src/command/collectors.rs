//! `daemoneye collectors`: what they are, how they are, and what one of them is to do.

use daemoneye_bus::control::{
    CollectorState, CollectorStatus, Order, Outcome, Request, Response, Setting,
};

use super::Out;
use crate::args::OneCollector;
use crate::ask::{Agent, AskError};
use crate::exit::{End, Failure};
use crate::render;

/// Ends with 3 if one of them does not run, or is paused.
pub(super) async fn run(agent: &Agent, out: &Out) -> Result<End, Failure> {
    let collectors = all(agent).await?;
    out.write(&collectors, |look| render::collectors(&collectors, look))?;
    let runs =
        |one: &CollectorStatus| one.state == CollectorState::Running && !one.heartbeat.paused;
    Ok(if collectors.iter().all(runs) { End::Well } else { End::Degraded })
}

/// One of them: the agent asks it.
pub(super) async fn one(agent: &Agent, out: &Out, one: &OneCollector) -> Result<End, Failure> {
    let (id, order) = match one {
        OneCollector::Show { id } => return show(agent, out, id).await,
        OneCollector::Stop { id, force } => return stop(agent, out, id, *force).await,
        OneCollector::Start { id } => return start(agent, out, id).await,
        OneCollector::Pause { id } => (id, Order::Pause),
        OneCollector::Resume { id } => (id, Order::Resume),
        OneCollector::Config { id, settings } if settings.is_empty() => (id, Order::Capabilities),
        OneCollector::Config { id, settings } => (id, Order::Configure(settings.clone())),
        OneCollector::Interval { id, milliseconds } => {
            (id, Order::AdjustInterval { milliseconds: *milliseconds })
        }
        OneCollector::Task { id, task } => (id, Order::Execute(task.task())),
    };
    let (who, outcome) = give(agent, id, order).await?;
    match &outcome {
        Outcome::Settings(settings) => write_settings(out, &who, settings),
        Outcome::Abilities(abilities) => write_settings(out, &who, &abilities.settings),
        Outcome::Hash(hash) => {
            let document = render::Hashed { collector: &who, hash };
            out.write(&document, |_| render::hash(hash))
        }
        Outcome::Processes(batches) => {
            let found = render::Processes::of(&who, batches);
            out.write(&found, |look| found.table(look))
        }
        Outcome::Done | Outcome::Counted(_) => {
            Err(AskError::Version(format!("collector {who} answers another question")).into())
        }
    }?;
    Ok(End::Well)
}

fn write_settings(out: &Out, who: &str, settings: &[Setting]) -> Result<(), Failure> {
    let document = render::Configuration { collector: who, settings };
    out.write(&document, |look| render::settings(settings, look))
}

async fn show(agent: &Agent, out: &Out, id: &str) -> Result<End, Failure> {
    let known = all(agent).await?.into_iter().find(|one| one.registration.id == id);
    let (_, outcome) = give(agent, id, Order::Capabilities).await?;
    let (Some(status), Outcome::Abilities(abilities)) = (known, outcome) else {
        let why = format!("collector {id} answers another question");
        return Err(AskError::Version(why).into());
    };
    let shown = render::Shown { status: &status, abilities: &abilities };
    out.write(&shown, |look| shown.page(look))?;
    Ok(End::Well)
}

async fn stop(agent: &Agent, out: &Out, id: &str, forced: bool) -> Result<End, Failure> {
    let (who, _) = give(agent, id, Order::Shutdown { forced }).await?;
    let done = render::Done { collector: &who, state: "stopped" };
    out.write(&done, |_| done.line())?;
    Ok(End::Well)
}

async fn start(agent: &Agent, out: &Out, id: &str) -> Result<End, Failure> {
    let part = |response| match response {
        Response::Collector(who, _) => Some(who),
        _ => None,
    };
    let who = agent.ask(Request::Start { id: id.to_owned() }, part).await?;
    let done = render::Done { collector: &who, state: "starting" };
    out.write(&done, |_| done.line())?;
    Ok(End::Well)
}

async fn all(agent: &Agent) -> Result<Vec<CollectorStatus>, AskError> {
    let part = |response| match response {
        Response::Status(status) => Some(status.collectors),
        _ => None,
    };
    agent.ask(Request::Status, part).await
}

/// Who has followed the order, and what came of it.
async fn give(agent: &Agent, to: &str, order: Order) -> Result<(String, Outcome), AskError> {
    let part = |response| match response {
        Response::Collector(who, outcome) => Some((who, *outcome)),
        _ => None,
    };
    agent.ask(Request::Collector { to: to.to_owned(), order }, part).await
}
