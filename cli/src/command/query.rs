//! `daemoneye query`: rows of stored events.

use daemoneye_bus::control::{Request, Response};

use super::Out;
use crate::ask::Agent;
use crate::exit::{End, Failure};
use crate::render;

pub(super) async fn run(agent: &Agent, out: &Out, sql: &str, limit: u32) -> Result<End, Failure> {
    let part = |response| match response {
        Response::Rows(rows) => Some(rows),
        _ => None,
    };
    let rows = agent.ask(Request::Query { sql: sql.to_owned(), limit }, part).await?;
    out.write(&render::Document::from(&rows), |look| render::rows(&rows, look))?;
    Ok(End::Well)
}
