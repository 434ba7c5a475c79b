//! What the engine says of a rule, for people and as JSON.

use std::time::Duration;

use daemoneye_engine::{Access, Explanation, Needed, Place};
use serde_json::{Value as Json, json};

use crate::line::line;

/// Literals that people are shown; JSON has all of them.
const SHOWN_LITERALS: usize = 12;

pub(super) fn text(name: &str, explanation: &Explanation) -> String {
    let mut out = String::new();
    line(&mut out, name);
    line(&mut out, &format!("reads      {}", or_none(&explanation.columns.join(", "))));
    found(&mut out, &explanation.access);
    kept(&mut out, explanation);
    let cost = explanation.cost;
    let (steps, fuel, average) = (cost.steps, cost.candidate_fuel, amount(cost.event_fuel));
    line(&mut out, &format!("candidate  about {steps} steps, {fuel} fuel"));
    let most = if matches!(explanation.access, Access::Always { .. }) { ", at most" } else { "" };
    line(&mut out, &format!("event      {average} fuel on average{most}"));
    out
}

fn found(out: &mut String, access: &Access) {
    match access {
        Access::Literals { literals, bits } => {
            let events = amount(f64::from(*bits).exp2());
            line(out, &format!("found by   a literal that 1 event in {events} has"));
            let shown = literals.iter().take(SHOWN_LITERALS);
            shown.for_each(|literal| line(out, &format!("             {}", in_words(literal))));
            if let Some(rest @ 1..) = literals.len().checked_sub(SHOWN_LITERALS) {
                line(out, &format!("             and {rest} more"));
            }
        }
        Access::Always { reason } => line(out, &format!("found by   always evaluated: {reason}")),
    }
}

fn in_words(Needed { column, text, place, .. }: &Needed) -> String {
    let how = match place {
        Place::Anywhere => "contains",
        Place::Start => "starts with",
        Place::End => "ends with",
        Place::Whole => "is",
    };
    format!("{column} {how} {text:?}")
}

fn kept(out: &mut String, explanation: &Explanation) {
    if let Some(groups) = explanation.groups {
        let window = Duration::from_micros(groups.window);
        let (most, rows) = (groups.max_groups, groups.max_rows);
        line(out, &format!("keeps      events of {window:?}, up to {most} groups of {rows}"));
    }
    if !explanation.of_processes.is_empty() {
        let (columns, most) = (explanation.of_processes.join(", "), explanation.max_processes);
        line(out, &format!("keeps      {columns} of up to {most} living processes"));
    }
    if explanation.groups.is_none() && explanation.of_processes.is_empty() {
        line(out, "keeps      nothing");
    }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "no column" } else { text }
}

/// An estimate, without digits that it does not have.
fn amount(number: f64) -> String {
    match number {
        ..0.01 => "less than 0.01".to_owned(),
        ..10.0 => format!("about {number:.2}"),
        ..1e6 => format!("about {number:.0}"),
        _ => "more than a million".to_owned(),
    }
}

pub(super) fn json(name: &str, explanation: &Explanation) -> Json {
    json!({
        "rule": name,
        "columns": explanation.columns,
        "access": access(&explanation.access),
        "state": {
            "groups": explanation.groups.map(|groups| json!({
                "window_us": groups.window,
                "max_groups": groups.max_groups,
                "max_rows": groups.max_rows,
            })),
            "processes": (!explanation.of_processes.is_empty()).then(|| json!({
                "columns": explanation.of_processes,
                "max_processes": explanation.max_processes,
            })),
        },
        "cost": {
            "steps": explanation.cost.steps,
            "candidate_fuel": explanation.cost.candidate_fuel,
            "event_fuel": explanation.cost.event_fuel,
        },
    })
}

fn access(access: &Access) -> Json {
    let literal = |literal: &Needed| {
        json!({
            "column": literal.column,
            "text": literal.text,
            "place": match literal.place {
                Place::Anywhere => "anywhere",
                Place::Start => "start",
                Place::End => "end",
                Place::Whole => "whole",
            },
        })
    };
    match access {
        Access::Literals { literals, bits } => json!({
            "kind": "literals",
            // Two digits are more than an estimate has.
            "bits": (f64::from(*bits) * 100.0).round() / 100.0,
            "literals": literals.iter().map(literal).collect::<Vec<_>>(),
        }),
        Access::Always { reason } => json!({ "kind": "always", "reason": reason }),
    }
}
