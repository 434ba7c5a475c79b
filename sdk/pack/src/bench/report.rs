//! What a pack costs, for people and as JSON.

use serde_json::{Value as Json, json};

use super::Results;
use super::measure::Cost;
use crate::line::line;
use crate::table::Table;

const LABELS: [&str; 8] =
    ["RULE", "CANDIDATES", "MATCHED", "FUEL/EVENT", "OPEN", "NS/EVENT", "P99 NS", "MEMORY KIB"];

pub(super) fn text(results: &Results) -> String {
    let Results { pack, release, events, batch, rules, together } = results;
    let mut out = String::new();
    line(&mut out, &format!("{pack} release {release}: {events} events in batches of {batch}"));
    let mut table = Table::new(LABELS);
    rules.iter().for_each(|(rule, cost)| table.row(row(rule, cost)));
    table.row(row("(together)", together));
    table.show(&mut out);
    for (rule, cost) in rules.iter().filter(|(_, cost)| cost.unjudged > 0) {
        line(&mut out, &format!("{rule}: no verdict about {} events", cost.unjudged));
    }
    out
}

fn row(name: &str, cost: &Cost) -> [String; 8] {
    [
        name.to_owned(),
        cost.candidates.to_string(),
        cost.matched.to_string(),
        format!("{:.1}", cost.fuel),
        format!("{:.1}", cost.open_fuel),
        format!("{:.0}", cost.ns),
        format!("{:.0}", cost.p99_ns),
        (cost.memory >> 10).to_string(),
    ]
}

pub(super) fn json(results: &Results) -> Json {
    let rule = |(rule, cost): &(String, Cost)| {
        let mut object = figures(cost);
        object["rule"] = rule.as_str().into();
        object
    };
    json!({
        "pack": results.pack,
        "release": results.release,
        "events": results.events,
        "batch": results.batch,
        "rules": results.rules.iter().map(rule).collect::<Vec<_>>(),
        "together": figures(&results.together),
    })
}

fn figures(cost: &Cost) -> Json {
    json!({
        "candidates": cost.candidates,
        "matched": cost.matched,
        "unjudged": cost.unjudged,
        "fuel_per_event": cost.fuel,
        "open_fuel_per_event": cost.open_fuel,
        "ns_per_event": cost.ns,
        "p99_ns": cost.p99_ns,
        "memory_bytes": cost.memory,
    })
}
