//! Packs come, change and go under a running agent.

use std::fs;

use daemoneye_tests::{Agent, Home};
use serde_json::Value as Json;

use super::releases::{
    Rule, children_of, drop_release, each_third, finds, home, in_force, listed, release, start,
    wait_for,
};
use super::sensor::Sensor;

fn entries(agent: &Agent<'_>, state: &str) -> Vec<Json> {
    let packs = agent.ask(&["packs"]);
    let packs = packs.as_array().into_iter().flatten();
    packs.filter(|pack| pack["state"] == state).cloned().collect()
}

fn floor(home: &Home) -> Json {
    let memory = fs::read(home.path("data/pack-memory.json")).expect("a file");
    serde_json::from_slice::<Json>(&memory).expect("JSON")["floors"]["turning"].clone()
}

fn alert_of(agent: &Agent<'_>, rule: &str, line: &str) {
    agent.wait_for_alert(line, |alert| {
        alert["rule"] == rule && alert["event"]["command_line"] == line
    });
}

#[test]
fn a_pack_is_dropped_replaced_and_removed_without_a_restart() {
    let home = home();
    let mut agent = Agent::start(&home);
    let mut sensor = Sensor::connect(&home);
    assert_eq!(in_force(&agent.ask(&["status"])), [0; 0]);

    drop_release(&home, 1, &[finds("one", &["first"])]);
    wait_for(&mut agent, 1);
    sensor.tell(&[start(1, "first 1")]);
    alert_of(&agent, "one", "first 1");
    let active = entries(&agent, "active");
    assert_eq!((&active[0]["id"], &active[0]["release"]), (&"turning".into(), &1.into()));

    drop_release(&home, 2, &[finds("two", &["second"])]);
    wait_for(&mut agent, 2);
    sensor.tell(&[start(2, "first 2"), start(3, "second 3")]);
    alert_of(&agent, "two", "second 3");
    assert_eq!(listed(&agent, "one"), Json::Null);

    fs::remove_file(home.path("packs/turning.pack")).expect("removed");
    agent.wait_until("gone", |status| in_force(status).is_empty());
    assert_eq!(listed(&agent, "two"), Json::Null);
    assert_eq!(floor(&home), 2, "what was active is remembered");
}

#[test]
fn whatever_is_wrong_with_a_replacement_the_old_release_stays_and_the_reason_is_told() {
    let home = home();
    let good = || vec![finds("good", &["attack"])];
    drop_release(&home, 3, &good());
    let mut agent = Agent::start(&home);
    let mut sensor = Sensor::connect(&home);
    let untested = |(id, text): Rule| (id, text.replace("attack x", "harmless"));
    let broken = |(id, text): Rule| (id, text.replace("command_line LIKE", "nonsense LIKE"));
    let flip = |home: &Home| {
        let file = release(home, 6, &good());
        let mut bytes = fs::read(&file).expect("a pack");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&file, bytes).expect("written");
        file
    };
    let table = [
        (
            release(&home, 4, &[untested(good().remove(0))]),
            "1 of 2 tests do not hold here: good: f",
        ),
        (release(&home, 5, &[broken(good().remove(0))]), "nonsense"),
        (flip(&home), "turning.pack"),
        (release(&home, 2, &good()), "release 2 is older than release 3, which has been active"),
    ];
    for (number, (file, named)) in (0..).zip(table) {
        fs::rename(file, home.path("packs/turning.pack")).expect("renamed");
        let status =
            agent.wait_until(named, |status| status["degraded"].to_string().contains(named));
        let words = "pack turning release 3 stays in force";
        assert!(status["degraded"].to_string().contains(words), "{status:#}");
        assert_eq!((in_force(&status), floor(&home)), (vec![3], 3.into()), "{named}");
        let refused = entries(&agent, "refused");
        assert!(refused[0]["why"].as_str().is_some_and(|why| why.contains(named)), "{refused:?}");
        let line = format!("attack {number}");
        sensor.tell(&[start(number, &line)]);
        alert_of(&agent, "good", &line);
    }
    drop_release(&home, 7, &good());
    let status = wait_for(&mut agent, 7);
    assert!(!status["degraded"].to_string().contains("pack turning"), "{status:#}");
    assert!(entries(&agent, "refused").is_empty());
    agent.wait_until("remembered", |_| floor(&home) == 7);
}

/// Trusts a root instead of keys.
fn with_root(home: &Home) {
    let roles = ["--root", "--pack", "--revoke"].map(|role| [role, "keys/test.pub"]).concat();
    home.pack_tool(&[&["root", "init", "roots"], &*roles, &["--key", "keys/test.key"]].concat());
    fs::remove_dir_all(home.path("trust")).expect("removed");
    fs::create_dir(home.path("trust")).expect("a folder");
    for file in fs::read_dir(home.path("roots")).expect("roots") {
        let file = file.expect("a file");
        fs::copy(file.path(), home.path("trust").join(file.file_name())).expect("a copy");
    }
}

/// The same pack under another name, with what is revoked by now.
fn another(home: &Home, like: u64, more: &[&str]) {
    let folder = home.path(&format!("made/{like}"));
    let about = fs::read_to_string(folder.join("pack.toml")).expect("a description");
    fs::write(folder.join("pack.toml"), about.replace("turning", "another")).expect("written");
    let folder = folder.to_str().expect("a path");
    home.pack_tool(&[&["sign", folder, "--key", "keys/test.key"], more].concat());
    home.pack_tool(&["build", folder, "-o", "packs/another.pack"]);
}

#[test]
fn a_release_in_force_that_another_pack_revokes_leaves_at_once() {
    let home = home();
    with_root(&home);
    drop_release(&home, 1, &[finds("old", &["attack"])]);
    let mut agent = Agent::start(&home);
    wait_for(&mut agent, 1);
    let why = ["--release", "turning@1", "--reason", "fires on cron", "--key", "keys/test.key"];
    home.pack_tool(&[&["revoke", "roots"], &why[..]].concat());
    release(&home, 2, &[finds("new", &["attack"])]);
    another(&home, 2, &["--roots", "roots"]);
    let status = agent.wait_until("revoked", |status| in_force(status) == [2]);
    assert_eq!(status["packs"][0]["id"], "another");
    let words = "pack turning release 1 was revoked: fires on cron";
    assert!(status["degraded"].to_string().contains(words), "{status:#}");
    assert_eq!(listed(&agent, "old"), Json::Null);
}

#[test]
fn a_pack_that_wants_the_rule_of_another_is_refused_and_costs_it_nothing() {
    let home = home();
    drop_release(&home, 1, &[finds("mine", &["attack"])]);
    let mut agent = Agent::start(&home);
    another(&home, 1, &[]);
    let status = agent
        .wait_until("refused", |status| status["degraded"].to_string().contains("is taken by"));
    assert!(status["degraded"].to_string().contains("mine"), "{status:#}");
    assert_eq!(in_force(&status), [1]);
    assert_eq!(listed(&agent, "mine")["state"], "active");
}

#[test]
fn what_rules_remember_survives_a_change_of_the_rules_beside_them() {
    let home = home();
    let remembering = || vec![each_third("third", "beat"), children_of("child", "nest")];
    drop_release(&home, 1, &remembering());
    let mut agent = Agent::start(&home);
    let mut sensor = Sensor::connect(&home);
    let nest = start(0, "nest").with(daemoneye_bus::event::Field::Name, "nest".to_owned());
    sensor.tell(&[nest, start(1, "beat"), start(2, "beat")]);

    drop_release(&home, 2, &[remembering(), vec![finds("new", &["attack"])]].concat());
    wait_for(&mut agent, 2);
    let parent = daemoneye_bus::event::Field::ParentKey;
    let child = start(3, "a child").with(parent, "told:0".to_owned());
    sensor.tell(&[child, start(4, "beat")]);
    alert_of(&agent, "child", "a child");
    alert_of(&agent, "third", "beat");

    // A rule that is another one begins anew, and what went with it is counted.
    sensor.tell(&[start(5, "beat"), start(6, "beat")]);
    let changed = finds("third", &["attack"]);
    drop_release(&home, 3, &[changed, children_of("child", "nest")]);
    wait_for(&mut agent, 3);
    agent.wait_until("counted", |status| status["sandbox"]["memory"]["dropped_groups"] == 1);
    assert_eq!(agent.ask(&["status"])["sandbox"]["restarts"], 0);
}

#[test]
fn an_attack_that_goes_on_over_a_swap_stays_one_alert() {
    let home = home();
    let rules = |own: &str| vec![finds("steady", &["attack"]), finds("turns", &["attack", own])];
    drop_release(&home, 1, &rules("one"));
    let mut agent = Agent::start(&home);
    let mut sensor = Sensor::connect(&home);
    sensor.tell(&[start(1, "attack")]);
    agent.wait_until("two alerts", |status| status["alerts"]["alerts"] == 2);
    drop_release(&home, 2, &rules("two"));
    wait_for(&mut agent, 2);
    // The same process once more.
    let key = daemoneye_bus::event::Field::ProcessKey;
    sensor.tell(&[start(2, "attack").with(key, "told:1".to_owned())]);
    let status = agent.wait_until("repeats", |status| status["alerts"]["repeats"] == 2);
    assert_eq!(status["alerts"]["alerts"], 2);
}
