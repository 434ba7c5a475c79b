//! How two releases differ, for people and as JSON.

use daemoneye_bus::event::{Event, Field, to_json};
use serde_json::{Value as Json, json};

use super::Results;
use super::compare::{Alone, Difference};
use crate::host::Ready;
use crate::line::line;
use crate::table::Table;

pub(super) fn text(results: &Results) -> String {
    let Results { old, new, rules, found } = results;
    let mut out = String::new();
    let named = |Ready { pack, .. }: &Ready| format!("{} release {}", pack.id, pack.release);
    line(&mut out, &format!("{} and {}: {} events", named(old), named(new), found.events));
    for (word, ids) in
        [("added", &rules.added), ("removed", &rules.removed), ("changed", &rules.changed)]
    {
        if !ids.is_empty() {
            line(&mut out, &format!("{word:8} {}", ids.join(", ")));
        }
    }
    if !found.rules.is_empty() {
        let mut table = Table::new(["RULE", "ONLY OLD", "ONLY NEW", "BOTH"]);
        found.rules.iter().for_each(|(rule, found)| table.row(row(rule, found)));
        table.show(&mut out);
    }
    for (rule, found) in &found.rules {
        examples(&mut out, rule, "only old", &found.only_old);
        examples(&mut out, rule, "only new", &found.only_new);
    }
    let [before, after] = found.unjudged;
    if before + after > 0 {
        line(
            &mut out,
            &format!("without a verdict: {before} events of the old, {after} of the new"),
        );
    }
    line(
        &mut out,
        if found.is_same() { "both find the same" } else { "they find different events" },
    );
    out
}

fn row(rule: &str, found: &Difference) -> [String; 4] {
    let Difference { both, only_old, only_new } = found;
    [rule.to_owned(), only_old.count.to_string(), only_new.count.to_string(), both.to_string()]
}

fn examples(out: &mut String, rule: &str, side: &str, alone: &Alone) {
    for (number, event) in &alone.examples {
        line(out, &format!("{rule}: {side}: line {number}: {}", brief(event)));
    }
    if let Some(more @ 1..) = alone.count.checked_sub(alone.examples.len() as u64) {
        line(out, &format!("{rule}: {side}: and {more} more"));
    }
}

/// What people know an event by.
fn brief(event: &Event) -> String {
    let kind = event.text(Field::Kind).unwrap_or("event");
    let pid = event.integer(Field::Pid).map(|pid| format!(" pid {pid}")).unwrap_or_default();
    let fields = [Field::CommandLine, Field::ExecutablePath, Field::Name];
    let what = fields.iter().find_map(|field| event.text(*field)).unwrap_or_default();
    format!("{kind}{pid} {what}")
}

pub(super) fn json(results: &Results) -> Json {
    let Results { old, new, rules, found } = results;
    let release =
        |Ready { pack, .. }: &Ready| json!({ "pack": pack.id.as_str(), "release": pack.release });
    let [before, after] = found.unjudged;
    json!({
        "old": release(old),
        "new": release(new),
        "same": found.is_same(),
        "events": found.events,
        "added": rules.added,
        "removed": rules.removed,
        "changed": rules.changed,
        "unjudged_old": before,
        "unjudged_new": after,
        "rules": found.rules.iter().map(rule).collect::<Vec<_>>(),
    })
}

fn rule((rule, found): (&String, &Difference)) -> Json {
    let examples = |alone: &Alone| -> Vec<Json> {
        let example =
            |(line, event): &(u64, Event)| json!({ "line": line, "event": to_json(event) });
        alone.examples.iter().map(example).collect()
    };
    json!({
        "rule": rule,
        "both": found.both,
        "only_old": found.only_old.count,
        "only_new": found.only_new.count,
        "examples_old": examples(&found.only_old),
        "examples_new": examples(&found.only_new),
    })
}
