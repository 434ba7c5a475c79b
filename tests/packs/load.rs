//! A pack is replaced while events flow.

use std::collections::BTreeMap;

use daemoneye_tests::{Agent, Home};
use serde_json::Value as Json;

use super::releases::{Rule, drop_release, each_third, finds, home, listed, wait_for};
use super::sensor::{Flow, Told};

const RELEASES: u64 = 10;

/// One rule that stays, one that remembers and stays, one that every release has differently.
fn rules(release: u64) -> Vec<Rule> {
    let own = format!("release {release}");
    vec![
        finds("steady", &["attack"]),
        each_third("remembers", "beat"),
        finds("turns", &["attack", &own]),
    ]
}

#[test]
fn a_pack_replaced_ten_times_under_load_loses_no_event_and_alerts_each_attack_once() {
    let home = home();
    drop_release(&home, 1, &rules(1));
    let mut agent = Agent::start(&home);
    wait_for(&mut agent, 1);
    let flow = Flow::start(&home);
    for release in 2..=1 + RELEASES {
        drop_release(&home, release, &rules(release));
        wait_for(&mut agent, release);
    }
    let told = flow.end();
    agent.wait_until("all is judged", |status| {
        let events = &status["events"];
        events["judged"] == events["stored"] && events["stored"].as_u64() >= Some(told.events)
    });
    eprintln!("{} events, {} attacks, {} beats", told.events, told.attacks.len(), told.beats);
    every_attack_once(&home, &told);
    every_event_once(&mut agent);
}

/// By both rules that look for it, the one that stays and the one that changes; and the rule that
/// counts has counted on through all releases.
fn every_attack_once(home: &Home, told: &Told) {
    let output = home.daemoneye(&["alerts", "-n", "10000", "--format", "json"]);
    let alerts: Vec<Json> = serde_json::from_slice(&output.stdout).expect("alerts");
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for alert in &alerts {
        let line = alert["event"]["command_line"].as_str().unwrap_or_default().to_owned();
        found.entry(alert["rule"].as_str().expect("a rule").to_owned()).or_default().push(line);
    }
    let mut attacks = told.attacks.clone();
    attacks.sort();
    for rule in ["steady", "turns"] {
        let mut lines = found.remove(rule).expect(rule);
        lines.sort();
        assert_eq!(lines, attacks, "{rule}");
    }
    assert_eq!(found.remove("remembers").expect("beats").len() as u64, told.beats / 3);
}

fn every_event_once(agent: &mut Agent<'_>) {
    // Between the questions the host's own sensor may tell more.
    let before = agent.ask(&["status"]);
    let rules = ["steady", "remembers", "turns"].map(|id| listed(agent, id));
    let count = |json: &Json, key: &str| json[key].as_u64().expect("a count");
    // What has come and is not on disk yet is on its way; nothing stays on it.
    let after = agent.wait_until("received = stored + duplicates", |status| {
        let events = &status["events"];
        count(events, "received") == count(events, "stored") + count(events, "duplicates")
    });
    for rule in &rules {
        let outcomes = ["filtered", "judged", "over_budget", "faulted", "shed"];
        let sum: u64 = outcomes.iter().map(|outcome| count(rule, outcome)).sum();
        assert_eq!(count(rule, "offered"), sum, "{rule:#}");
        assert_eq!((count(rule, "faulted"), count(rule, "shed")), (0, 0), "{rule:#}");
    }
    for rule in &rules[..2] {
        let offered = count(rule, "offered");
        assert!(count(&before["events"], "judged") <= offered, "{rule:#}");
        assert!(offered <= count(&after["events"], "stored"), "{rule:#}");
    }
    let (counts, sandbox) = (&after["alerts"], &after["sandbox"]);
    assert_eq!(count(counts, "findings"), count(counts, "alerts") + count(counts, "repeats"));
    assert_eq!((count(sandbox, "restarts"), count(&sandbox["memory"], "dropped_groups")), (0, 0));
}
