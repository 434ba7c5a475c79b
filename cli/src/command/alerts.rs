//! `daemoneye alerts`: what the agent has found, once or as it finds it.

use std::time::Duration;

use daemoneye_bus::alert::{Alert, Severity};
use daemoneye_bus::control::{Request, Response, Which};
use tokio::time::{MissedTickBehavior, interval};

use super::Out;
use crate::ask::{Agent, AskError};
use crate::exit::{End, Failure};
use crate::render;

/// Between two questions for new alerts.
const PAUSE: Duration = Duration::from_millis(250);
/// New alerts that one answer may hold: far below what fits into a frame of the bus.
const AT_ONCE: u32 = 1_000;

pub(super) async fn run(agent: &Agent, out: &Out, which: Which) -> Result<End, Failure> {
    let part = |response| match response {
        Response::Listed(alerts) => Some(alerts),
        _ => None,
    };
    let state = which.state;
    let alerts = agent.ask(Request::List(which), part).await?;
    let parsed = alerts.into_iter().map(render::Listed::of).collect::<Result<Vec<_>, _>>();
    let alerts = parsed.map_err(|error| AskError::Version(error.to_string()))?;
    out.write(&alerts, |look| render::alerts(&alerts, state, look))?;
    Ok(End::Well)
}

/// Ends when it is interrupted, when nobody reads any more, or when the agent has gone.
pub(super) async fn follow(
    agent: &Agent,
    out: &Out,
    severity: Severity,
    limit: u32,
) -> Result<End, Failure> {
    let mut last = newest(agent).await?;
    for (number, alert) in ask(agent, 0, severity, limit).await? {
        last = last.max(number);
        out.write_line(&alert, |look| render::alert_line(&alert, look))?;
    }
    let mut ticks = interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let alerts = ask(agent, last, severity, AT_ONCE).await?;
        if alerts.len() >= AT_ONCE as usize {
            eprintln!("daemoneye: over {AT_ONCE} new alerts at once, here are the newest of them");
        }
        for (number, alert) in alerts {
            last = last.max(number);
            out.write_line(&alert, |look| render::alert_line(&alert, look))?;
        }
    }
}

/// The number of the newest alert: with a limit of none at the start, what is there already is not
/// new.
async fn newest(agent: &Agent) -> Result<u64, AskError> {
    let newest = ask(agent, 0, Severity::Info, 1).await?;
    Ok(newest.last().map_or(0, |(number, _)| *number))
}

pub(crate) async fn ask(
    agent: &Agent,
    after: u64,
    severity: Severity,
    limit: u32,
) -> Result<Vec<(u64, Alert)>, AskError> {
    let part = |response| match response {
        Response::Alerts(alerts) => Some(alerts),
        _ => None,
    };
    let alerts = agent.ask(Request::Alerts { after, severity, limit }, part).await?;
    let parsed = alerts.iter().map(|(number, json)| json.alert().map(|alert| (*number, alert)));
    parsed.collect::<Result<_, _>>().map_err(|error| AskError::Version(error.to_string()))
}
