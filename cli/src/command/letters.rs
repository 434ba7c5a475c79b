//! `daemoneye alerts dead`, `replay` and `drop`: alerts that a sink did not take.

use daemoneye_bus::control::{DeadLetter, Request, Response};
use serde_json::json;

use super::Out;
use crate::args::{Letters, Which};
use crate::ask::{Agent, AskError};
use crate::exit::{End, Failure};
use crate::render;

pub(super) async fn run(agent: &Agent, out: &Out, letters: &Letters) -> Result<End, Failure> {
    match letters {
        Letters::Dead { sink, limit } => list(agent, out, sink.clone(), *limit).await,
        Letters::Replay(which) => {
            let replayed = settle(agent, Request::Replay(wanted(which))).await?;
            out.write(&json!({ "replayed": replayed }), |_| {
                format!("{replayed} alerts are offered again\n")
            })?;
            Ok(End::Well)
        }
        Letters::Drop(which) => {
            let dropped = settle(agent, Request::Drop(wanted(which))).await?;
            out.write(&json!({ "dropped": dropped }), |_| format!("{dropped} alerts dropped\n"))?;
            Ok(End::Well)
        }
    }
}

async fn list(agent: &Agent, out: &Out, sink: Option<String>, limit: u32) -> Result<End, Failure> {
    let part = |response| match response {
        Response::DeadLetters(letters) => Some(letters),
        _ => None,
    };
    let letters = agent.ask(Request::DeadLetters { sink, limit }, part).await?;
    let letters = letters.into_iter().map(document).collect::<Result<Vec<_>, _>>()?;
    out.write(&letters, |look| render::letters(&letters, look))?;
    Ok(End::Well)
}

fn document(letter: DeadLetter) -> Result<render::Letter, AskError> {
    let DeadLetter { sink, number, died, tries, why, alert } = letter;
    let alert = alert.map(|alert| alert.alert()).transpose();
    let alert = alert.map_err(|error| AskError::Version(error.to_string()))?;
    Ok(render::Letter { sink, number, died, tries, why, alert })
}

async fn settle(agent: &Agent, request: Request) -> Result<u64, AskError> {
    let part = |response| match response {
        Response::Settled(alerts) => Some(alerts),
        _ => None,
    };
    agent.ask(request, part).await
}

fn wanted(which: &Which) -> daemoneye_bus::control::Letters {
    daemoneye_bus::control::Letters { alert: which.alert.clone(), sink: which.sink.clone() }
}
