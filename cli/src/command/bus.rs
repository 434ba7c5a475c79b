//! `daemoneye bus`: what goes over the bus.

use std::time::Duration;

use daemoneye_bus::client::Subscription;
use daemoneye_bus::control::{ClientTraffic, Request, Response, Traffic};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::Out;
use crate::ask::{Agent, AskError};
use crate::exit::{End, Failure};
use crate::render::{self, Message};

/// Between two looks at what was dropped.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn status(agent: &Agent, out: &Out) -> Result<End, Failure> {
    let traffic = traffic(agent).await?;
    out.write(&traffic, |look| render::traffic(&traffic, look))?;
    Ok(End::Well)
}

/// Ends after so many lines, when nobody reads any more, or when the agent has gone.
pub(super) async fn tail(
    agent: &Agent,
    out: &Out,
    pattern: &str,
    limit: Option<u64>,
) -> Result<End, Failure> {
    let mut subscription = agent.subscribe(pattern).await?;
    let mut looks = looks();
    let (mut left, mut dropped) = (limit.unwrap_or(u64::MAX), 0);
    while left > 0 {
        let next = tokio::select! {
            next = subscription.next() => next,
            _ = looks.tick() => {
                dropped = tell_dropped(agent, &subscription, dropped).await?;
                continue;
            }
        };
        let (topic, payload) =
            next.ok_or_else(|| AskError::Left("it closed the bus".to_owned()))?;
        for message in
            Message::all(&topic, &payload).into_iter().take(left.try_into().unwrap_or(usize::MAX))
        {
            out.write_line(&message, |look| message.line(look))?;
            left -= 1;
        }
    }
    tell_dropped(agent, &subscription, dropped).await?;
    Ok(End::Well)
}

fn looks() -> Interval {
    let mut looks = interval(PAUSE);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks
}

/// What was dropped until now, here and by the agent. More than before is said.
async fn tell_dropped(agent: &Agent, here: &Subscription, before: u64) -> Result<u64, AskError> {
    let traffic = traffic(agent).await?;
    let own = |client: &&ClientTraffic| client.client == agent.name();
    let there = traffic.clients.iter().find(own).map_or(0, |client| client.shed);
    let dropped = here.missed() + there;
    if dropped > before {
        eprintln!("daemoneye: {dropped} messages dropped, as they were not read fast enough");
    }
    Ok(dropped)
}

/// The traffic of every client and topic.
pub(crate) async fn traffic(agent: &Agent) -> Result<Traffic, AskError> {
    let part = |response| match response {
        Response::Traffic(traffic) => Some(*traffic),
        _ => None,
    };
    agent.ask(Request::Traffic, part).await
}
