//! What the demo says.

use std::time::Duration;

use serde_json::Value as Json;

use super::Seen;
use super::simulation::Simulation;

pub(super) fn opening(status: &Json, took: Duration) {
    let rules: u64 = rows(status, "packs").iter().filter_map(|pack| pack["rules"].as_u64()).sum();
    println!("Watching after {:.1} s: {rules} signed rules, in the sandbox.", took.as_secs_f64());
    for collector in rows(status, "collectors") {
        let registration = &collector["registration"];
        println!("  sees by: {}", words(&registration["capabilities"]).join(", "));
        let degraded = words(&registration["degraded"]);
        degraded.iter().for_each(|reason| println!("  sees less: {reason}"));
        if degraded.is_empty() {
            println!("  as root, hence the details of every user's processes");
        }
    }
    println!("What it finds among the processes that are running already:\n");
}

pub(super) fn playing(simulation: &Simulation) {
    println!("\n▶ {}", simulation.what);
}

pub(super) fn closing(seen: &[Seen], status: &Json) {
    println!("\n{:<52}{:<32}{:>12}", "simulated attack", "rule", "event→alert");
    for Seen { simulation, alert } in seen {
        let latency = alert.as_ref().map_or_else(|| "MISSING".to_owned(), latency);
        println!("{:<52}{:<32}{latency:>12}", simulation.what, simulation.rule);
    }
    let mut latencies: Vec<i64> =
        seen.iter().filter_map(|seen| seen.alert.as_ref()?["latency"].as_i64()).collect();
    latencies.sort_unstable();
    if let Some(median) = latencies.get(latencies.len() / 2) {
        println!("\n{} of {} seen, median {}", latencies.len(), seen.len(), milliseconds(*median));
    }
    let count = |group: &str, name: &str| status[group][name].as_u64().unwrap_or_default();
    println!(
        "events: {} received, {} stored, {} judged, {} lost; alerts: {}, {} repeats",
        count("events", "received"),
        count("events", "stored"),
        count("events", "judged"),
        count("events", "lost"),
        count("alerts", "alerts"),
        count("alerts", "repeats"),
    );
}

fn latency(alert: &Json) -> String {
    alert["latency"].as_i64().map_or_else(|| "unknown".to_owned(), milliseconds)
}

fn milliseconds(microseconds: i64) -> String {
    format!("{}.{} ms", microseconds / 1000, microseconds % 1000 / 100)
}

fn rows<'a>(status: &'a Json, name: &str) -> &'a [Json] {
    status[name].as_array().map_or(&[], Vec::as_slice)
}

fn words(list: &Json) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str).collect()
}
