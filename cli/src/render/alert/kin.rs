//! The kin of an alert's process as a tree: its ancestors, itself, and the children that were seen.

use std::collections::HashSet;

use daemoneye_bus::alert::Alert;
use daemoneye_bus::control::Relation;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::Event;
use crate::render::escape::cut;

/// Children that are drawn.
const CHILDREN: usize = 12;

/// One ancestor as `ancestry` in `docs/events.md` has it.
#[derive(Deserialize)]
struct Ancestor {
    pid: i64,
    name: Option<String>,
    path: Option<String>,
}

/// From the oldest ancestor that is known down to the children that were seen.
pub(super) fn tree(alert: &Alert, around: &[Event]) -> Vec<String> {
    let event = &alert.event;
    let Some(pid) = number(event, "pid") else { return Vec::new() };
    let mut lines = ancestors(event);
    let user = text(event, "user_name").map(|user| format!(" as {}", cut(user)));
    let user = user.unwrap_or_default();
    lines.push(format!("{} ({pid}){user}: {}", name(event), command(event)));
    let mut drawn: Vec<String> = lines.iter().enumerate().map(branch).collect();
    let (mut children, more) = children(around);
    children.extend((more > 0).then(|| format!("and {more} more children")));
    drawn.extend(children.iter().map(|child| branch((lines.len(), child))));
    drawn
}

/// The oldest first; none where there are none, or where they are not what they should be.
fn ancestors(event: &Map<String, Json>) -> Vec<String> {
    let known = text(event, "ancestry").and_then(|text| serde_json::from_str(text).ok());
    let ancestors: Vec<Ancestor> = known.unwrap_or_default();
    let line = |one: &Ancestor| {
        let name = one.name.as_deref().or(one.path.as_deref()).unwrap_or("?");
        format!("{} ({})", cut(name), one.pid)
    };
    ancestors.iter().rev().map(line).collect()
}

/// A line of the tree at its depth.
fn branch((depth, line): (usize, &String)) -> String {
    match depth {
        0 => line.clone(),
        depth => format!("{}└ {line}", "  ".repeat(depth - 1)),
    }
}

/// Each child that was seen once, and how many there are besides.
fn children(around: &[Event]) -> (Vec<String>, usize) {
    let mut known = HashSet::new();
    let of_children = around.iter().filter(|near| near.relation == Relation::Child);
    let children: Vec<String> = of_children
        .filter(|near| known.insert(text(&near.event, "process_key")))
        .map(|near| {
            let pid = number(&near.event, "pid").unwrap_or_default();
            format!("{} ({pid}): {}", name(&near.event), command(&near.event))
        })
        .collect();
    let more = children.len().saturating_sub(CHILDREN);
    (children.into_iter().take(CHILDREN).collect(), more)
}

fn name(event: &Map<String, Json>) -> String {
    cut(text(event, "name").or_else(|| text(event, "executable_path")).unwrap_or("?"))
}

pub(super) fn command(event: &Map<String, Json>) -> String {
    let command = text(event, "command_line").or_else(|| text(event, "executable_path"));
    cut(command.unwrap_or("-"))
}

pub(super) fn text<'e>(event: &'e Map<String, Json>, field: &str) -> Option<&'e str> {
    event.get(field).and_then(Json::as_str)
}

pub(super) fn number(event: &Map<String, Json>, field: &str) -> Option<i64> {
    event.get(field).and_then(Json::as_i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_children_some_are_drawn_once_and_the_others_are_counted() {
        let child = |number: usize| Event {
            relation: Relation::Child,
            event: serde_json::json!({ "pid": number, "process_key": format!("k{number}") })
                .as_object()
                .expect("an object")
                .clone(),
        };
        let events: Vec<Event> = (0..CHILDREN + 3).flat_map(|n| [child(n), child(n)]).collect();
        let (drawn, more) = children(&events);
        assert_eq!((drawn.len(), more), (CHILDREN, 3));
    }
}
