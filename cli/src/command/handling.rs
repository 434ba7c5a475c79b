//! `daemoneye alerts show`, `ack`, `close` and `reopen`.

use daemoneye_bus::control::{Handling, Request, Response, Signature};
use daemoneye_bus::handling::Deed;

use super::{Out, letters};
use crate::args::{Acting, OfAlerts, Reasoned, Why};
use crate::ask::{Agent, AskError};
use crate::exit::{End, Failure};
use crate::render;

pub(super) async fn run(agent: &Agent, out: &Out, of: &OfAlerts) -> Result<End, Failure> {
    match of {
        OfAlerts::Show { id } => show(agent, out, id).await,
        OfAlerts::Ack(acting) => handle(agent, out, by_acting(Deed::Acknowledged, acting)).await,
        OfAlerts::Close(Reasoned { ids, why }) => {
            let (alerts, signature) = (ids.clone(), signature(why));
            handle(agent, out, Handling { alerts, deed: Deed::Closed, signature }).await
        }
        OfAlerts::Reopen(acting) => handle(agent, out, by_acting(Deed::Reopened, acting)).await,
        OfAlerts::Letters(letters) => letters::run(agent, out, letters).await,
    }
}

/// Who says why.
pub(super) fn signature(Why { reason, by }: &Why) -> Signature {
    Signature { by: by.clone(), reason: Some(reason.clone()) }
}

fn by_acting(deed: Deed, Acting { ids, reason, by }: &Acting) -> Handling {
    let signature = Signature { by: by.clone(), reason: reason.clone() };
    Handling { alerts: ids.clone(), deed, signature }
}

async fn show(agent: &Agent, out: &Out, id: &str) -> Result<End, Failure> {
    let part = |response| match response {
        Response::Alert(alert) => Some(alert),
        _ => None,
    };
    let detail = agent.ask(Request::Alert { id: id.to_owned() }, part).await?;
    let shown = render::ShownAlert::of(*detail);
    let shown = shown.map_err(|error| AskError::Version(error.to_string()))?;
    out.write(&shown, |look| render::alert(&shown, look))?;
    Ok(End::Well)
}

async fn handle(agent: &Agent, out: &Out, handling: Handling) -> Result<End, Failure> {
    let part = |response| match response {
        Response::Handled(alerts) => Some(alerts),
        _ => None,
    };
    let handled = agent.ask(Request::Handle(handling), part).await?;
    out.write(&handled, |_| {
        let line = |alert: &daemoneye_bus::control::Handled| {
            let id = render::short(&alert.id);
            format!("alert {} ({id}) is {}\n", alert.number, alert.state.name())
        };
        handled.iter().map(line).collect()
    })?;
    Ok(End::Well)
}
