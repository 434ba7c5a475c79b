//! What came of a pack, for people and as JSON.

use serde_json::{Value as Json, json};

use super::Results;
use super::measure::Measured;
use crate::line::line;
use crate::table::Table;

const LABELS: [&str; 8] =
    ["RULE", "TESTS", "FUEL/EVENT", "WORST", "NS/EVENT", "P99 NS", "MEMORY KIB", "RESULT"];

pub(super) fn text(results: &Results) -> String {
    let mut table = Table::new(LABELS).with_last_as_word();
    results.rules.iter().for_each(|rule| table.row(row(rule)));
    let mut out = String::new();
    table.show(&mut out);
    for rule in &results.rules {
        for (test, what) in rule.failures() {
            line(&mut out, &format!("FAILED {}: {test}: {what}", rule.id));
        }
    }
    out + &benign(results) + &summary(results)
}

fn row(rule: &Measured) -> [String; 8] {
    let failed = rule.tests.iter().filter(|(_, failed)| failed.is_some()).count();
    let cost = &rule.cost;
    [
        rule.id.clone(),
        format!("{}/{}", rule.tests.len() - failed, rule.tests.len()),
        cost.fuel.to_string(),
        cost.worst_fuel.to_string(),
        cost.ns.to_string(),
        cost.p99_ns.to_string(),
        (cost.memory_bytes >> 10).to_string(),
        if rule.failures().next().is_none() { "ok" } else { "FAILED" }.to_owned(),
    ]
}

fn benign(results: &Results) -> String {
    let mut out = String::new();
    let Some(benign) = &results.benign else { return out };
    for (rule, hits) in &benign.hits {
        let share = benign.rate(*hits);
        line(&mut out, &format!("benign {rule}: {hits} of {} events ({share:.6})", benign.events));
    }
    for (rule, hits) in benign.noisy() {
        line(&mut out, &format!("FAILED {rule}: {hits} benign events are over the hit rate"));
    }
    out
}

fn summary(results: &Results) -> String {
    let tests: usize = results.rules.iter().map(|rule| rule.tests.len()).sum();
    let failed: usize = results.rules.iter().map(|rule| rule.failures().count()).sum();
    let noisy = results.benign.as_ref().map_or(0, |benign| benign.noisy().count());
    let events = results.benign.as_ref().map_or_else(String::new, |benign| {
        format!(", {} benign events, {noisy} rules too noisy", benign.events)
    });
    let (pack, rules) = (&results.pack.id, results.rules.len());
    format!("{pack}: {rules} rules, {tests} tests, {failed} failures{events}\n")
}

pub(super) fn json(results: &Results) -> Json {
    json!({
        "pack": results.pack.id.as_str(),
        "release": results.pack.release,
        "passed": results.passed(),
        "rules": results.rules.iter().map(rule).collect::<Vec<_>>(),
        "benign": results.benign.as_ref().map(|benign| json!({
            "events": benign.events,
            "hits": benign.hits,
            "noisy": benign.noisy().map(|(rule, _)| rule).collect::<Vec<_>>(),
        })),
    })
}

fn rule(rule: &Measured) -> Json {
    let failure = |(test, what)| json!({ "test": test, "what": what });
    json!({
        "id": rule.id,
        "tests": rule.tests.len(),
        "failures": rule.failures().map(failure).collect::<Vec<_>>(),
        "fuel_per_event": rule.cost.fuel,
        "worst_fuel": rule.cost.worst_fuel,
        "ns_per_event": rule.cost.ns,
        "p99_ns": rule.cost.p99_ns,
        "memory_bytes": rule.cost.memory_bytes,
    })
}
