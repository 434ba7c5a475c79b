//! The rule of `benches/guest` as a plugin of Extism: events come as JSON, as its guides show it.

#[path = "../../../guest/src/shell.rs"]
mod shell;

use extism_pdk::{FnResult, Json, plugin_fn};
use serde::Deserialize;

/// What the rule reads of an event.
#[derive(Deserialize)]
struct Process<'e> {
    #[serde(borrow)]
    name: Option<std::borrow::Cow<'e, str>>,
    #[serde(borrow)]
    command_line: Option<std::borrow::Cow<'e, str>>,
}

/// The rows that the rule finds.
#[plugin_fn]
pub fn judge(events: Vec<u8>) -> FnResult<Json<Vec<u32>>> {
    let events: Vec<Process<'_>> = serde_json::from_slice(&events)?;
    let is_found = |event: &Process<'_>| match (&event.name, &event.command_line) {
        (Some(name), Some(line)) => shell::connects(name, line),
        _ => false,
    };
    let rows = (0..).zip(&events).filter(|(_, event)| is_found(event)).map(|(row, _)| row);
    Ok(Json(rows.collect()))
}
