//! A release that judges beside the active one, and alerts nobody.

use std::fs;

use daemoneye_tests::{Agent, Home};
use serde_json::Value as Json;

use super::releases::{self, drop_release, finds, home, release, start};
use super::sensor::Sensor;

fn shadow(home: &Home, number: u64, beginnings: &[&str]) {
    fs::create_dir_all(home.path("shadow")).expect("a folder");
    let file = release(home, number, &[finds("rule", beginnings)]);
    fs::rename(file, home.path("shadow/turning.pack")).expect("renamed");
}

/// What is said of the first pack in shadow, asked until it is as wanted.
fn wait_for(agent: &mut Agent<'_>, what: &str, wanted: impl Fn(&Json) -> bool) -> Json {
    let question = ["packs", "shadow"];
    agent.wait_for_answer(&question, what, |answer| wanted(&answer[0]))[0].clone()
}

#[test]
fn only_the_difference_to_the_active_release_is_shown_and_nobody_is_alerted() {
    let home = home();
    drop_release(&home, 1, &[finds("rule", &["attack", "old"])]);
    let mut agent = Agent::start(&home);
    let mut sensor = Sensor::connect(&home);
    shadow(&home, 2, &["attack", "new"]);
    wait_for(&mut agent, "in shadow", |status| status["release"] == 2);
    let lines = ["attack", "old 1", "harmless", "new 1", "new 2"];
    let events: Vec<_> = (0..).zip(lines).map(|(number, line)| start(number, line)).collect();
    sensor.tell(&events);
    let status = wait_for(&mut agent, "compared", |status| status["rules"][0]["only_shadow"] == 2);
    let rule = &status["rules"][0];
    let counts = ["both", "only_active", "only_shadow", "unjudged"].map(|key| rule[key].clone());
    assert_eq!(counts, [1, 1, 2, 0].map(Json::from), "{status:#}");
    assert_eq!((&status["active"], &status["shed"]), (&1.into(), &0.into()));
    let examples = rule["examples"].as_array().expect("examples").iter();
    let examples: Vec<_> = examples.map(|e| (&e["found_by"], &e["command_line"])).collect();
    let [active, shadow] = ["active", "shadow"].map(Json::from);
    let [old, one, two] = ["old 1", "new 1", "new 2"].map(Json::from);
    assert_eq!(examples, [(&active, &old), (&shadow, &one), (&shadow, &two)]);
    agent.wait_until("two alerts", |status| status["alerts"]["alerts"] == 2);
    let table = home.daemoneye(&["packs", "shadow"]).stdout;
    let table = String::from_utf8(table).expect("text");
    assert!(table.contains("rule: 1 only active, 2 only shadow, 1 both"), "{table}");
}

#[test]
fn a_shadow_raises_no_floor_becomes_active_by_moving_and_ends_with_its_file() {
    let home = home();
    drop_release(&home, 1, &[finds("rule", &["attack"])]);
    let mut agent = Agent::start(&home);
    shadow(&home, 9, &["attack"]);
    wait_for(&mut agent, "in shadow", |status| status["release"] == 9);
    drop_release(&home, 2, &[finds("rule", &["attack", "more"])]);
    releases::wait_for(&mut agent, 2);
    wait_for(&mut agent, "beside 2", |status| status["active"] == 2);
    fs::rename(home.path("shadow/turning.pack"), home.path("packs/turning.pack")).expect("moved");
    releases::wait_for(&mut agent, 9);
    wait_for(&mut agent, "gone", Json::is_null);
}

#[test]
fn a_shadow_whose_tests_fail_does_not_judge_and_says_why() {
    let home = home();
    let mut agent = Agent::start(&home);
    fs::create_dir_all(home.path("shadow")).expect("a folder");
    let (id, text) = finds("rule", &["attack"]);
    let file = release(&home, 1, &[(id, text.replace("attack x", "harmless"))]);
    fs::rename(file, home.path("shadow/turning.pack")).expect("renamed");
    agent.wait_until("told", |status| {
        status["degraded"].to_string().contains("1 of 2 tests do not hold here")
    });
    assert_eq!(agent.ask(&["packs", "shadow"]), Json::Array(Vec::new()));
}
