//! `daemoneye report`: one page about the last hours, as a file.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use daemoneye_bus::alert::{Alert, Severity};
use daemoneye_bus::control::{Request, Response};
use jiff::SignedDuration;
use serde_json::json;

use super::{Out, alerts, rules};
use crate::ask::Agent;
use crate::exit::{End, Failure};
use crate::report::{self, Facts};

/// Alerts that are asked for: what surely fits into a frame of the bus.
const ALERTS: u32 = 2_000;

pub(super) async fn run(
    agent: &Agent,
    out: &Out,
    since: SignedDuration,
    file: &Path,
) -> Result<End, Failure> {
    let from = out.look.now.saturating_sub(i64::try_from(since.as_micros()).unwrap_or(i64::MAX));
    let part = |response| match response {
        Response::Status(status) => Some(status),
        _ => None,
    };
    let status = agent.ask(Request::Status, part).await?;
    let rules = rules::ask(agent).await?;
    let newest = alerts::ask(agent, 0, Severity::Info, ALERTS).await?;
    let full = newest.len() == ALERTS as usize;
    let alerts: Vec<Alert> = newest.into_iter().map(|(_, alert)| alert).collect();
    let more = full && alerts.first().is_some_and(|oldest| oldest.time >= from);
    let alerts: Vec<Alert> = alerts.into_iter().filter(|alert| alert.time >= from).collect();
    let facts = Facts { status: &status, rules: &rules, alerts: &alerts, more, from };
    let page = report::page(&facts, &out.look);
    write(file, page.as_bytes()).map_err(|error| Failure::File(file.to_owned(), error))?;
    let said = json!({ "file": file, "bytes": page.len(), "alerts": alerts.len() });
    out.write(&said, |_| format!("{} alerts in {}\n", alerts.len(), file.display()))?;
    Ok(End::Well)
}

/// Replaces the file; only its owner may read command lines.
fn write(file: &Path, page: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    let mut opened: File =
        options.write(true).create(true).truncate(true).mode(0o600).open(file)?;
    opened.write_all(page)
}
