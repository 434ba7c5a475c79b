//! `daemoneye except`: exceptions added, listed, shown and removed.

use daemoneye_bus::control::{ExceptionDetail, NewException as Asked, Request, Response, Scope};

use super::Out;
use super::handling::signature;
use crate::args::{Except, NewException};
use crate::ask::{Agent, AskError};
use crate::exit::{End, Failure};
use crate::render;

pub(super) async fn run(agent: &Agent, out: &Out, what: &Except) -> Result<End, Failure> {
    match what {
        Except::Add(new) => {
            let asked = asked(new, out.look.now).ok_or_else(no_such_time)?;
            let added = one(agent, Request::Except(asked)).await?;
            out.write(&added.status, |look| {
                format!("added\n{}", render::exception_line(&added.status, look))
            })?;
        }
        Except::List => {
            let part = |response| match response {
                Response::Exceptions(exceptions) => Some(exceptions),
                _ => None,
            };
            let exceptions = agent.ask(Request::Exceptions, part).await?;
            out.write(&exceptions, |look| render::exceptions(&exceptions, look))?;
        }
        Except::Show { number } => {
            let detail = one(agent, Request::Exception { number: *number }).await?;
            let shown = render::ShownException::of(detail);
            let shown = shown.map_err(|error| AskError::Version(error.to_string()))?;
            out.write(&shown, |look| render::exception(&shown, look))?;
        }
        Except::Remove { number, why } => {
            let request = Request::Unexcept { number: *number, signature: signature(why) };
            let removed = one(agent, request).await?;
            out.write(&removed.status, |look| {
                format!("removed\n{}", render::exception_line(&removed.status, look))
            })?;
        }
    }
    Ok(End::Well)
}

async fn one(agent: &Agent, request: Request) -> Result<ExceptionDetail, AskError> {
    let part = |response| match response {
        Response::Exception(detail) => Some(*detail),
        _ => None,
    };
    agent.ask(request, part).await
}

/// Nothing if no calendar has the time at which it is to expire.
fn asked(new: &NewException, now: i64) -> Option<Asked> {
    let scope = match (&new.from_alert, &new.rule) {
        (Some(id), _) => Scope::Alert { id: id.clone(), fields: new.fields.clone() },
        (None, rule) => {
            Scope::Rule { rule: rule.clone().unwrap_or_default(), fields: new.equal.clone() }
        }
    };
    Some(Asked {
        scope,
        owner: new.owner.clone(),
        expires: new.expires.microseconds(now)?,
        signature: signature(&new.why),
    })
}

fn no_such_time() -> AskError {
    AskError::Answer("no calendar has the time at which it is to expire".to_owned())
}
