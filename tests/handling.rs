//! An alert is understood, acknowledged, closed and reopened; a rule is disabled and enabled.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use daemoneye_bus::event::{Event, Field, Kind};
use daemoneye_tests::{Agent, Home};
use rustix::process::Signal;
use serde_json::Value as Json;

use crate::packs::releases::{self, drop_release, finds, listed, start};
use crate::packs::sensor::Sensor;

/// A home whose agent has one rule of one pack.
pub(crate) fn home() -> Home {
    let home = releases::home();
    drop_release(&home, 1, &[finds("one", &["attack"]), finds("other", &["odd"])]);
    home
}

/// What a list has in it, by number.
pub(crate) fn numbers(agent: &Agent<'_>, arguments: &[&str]) -> Vec<u64> {
    let alerts = agent.ask(&[&["alerts"], arguments].concat());
    let alerts = alerts.as_array().into_iter().flatten();
    alerts.filter_map(|alert| alert["number"].as_u64()).collect()
}

/// The alert about this command line.
pub(crate) fn about(agent: &Agent<'_>, line: &str) -> Json {
    agent.wait_for_alert(line, |alert| alert["event"]["command_line"] == line)
}

/// With what code it ended, and what it said to people.
pub(crate) fn said(home: &Home, arguments: &[&str]) -> (Option<i32>, String) {
    let output = home.daemoneye(arguments);
    let words = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(words).expect("text"))
}

fn id(alert: &Json) -> String {
    alert["id"].as_str().expect("an id").to_owned()
}

/// A start that is just happening, as the sensor's own are.
fn child(number: i64, of: i64, command_line: &str) -> Event {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock that is set");
    Event::new(Kind::Start, i64::try_from(now.as_micros()).expect("a date"))
        .with(Field::Sequence, number)
        .with(Field::Pid, number)
        .with(Field::ProcessKey, format!("told:{number}"))
        .with(Field::ParentKey, format!("told:{of}"))
        .with(Field::CommandLine, command_line.to_owned())
}

#[test]
fn an_alert_is_shown_with_its_rule_its_kin_what_matched_and_who_was_told() {
    let home = home();
    let agent = Agent::start(&home);
    let mut sensor = Sensor::connect(&home);
    let ancestry = r#"[{"pid":20,"name":"sshd"},{"pid":1,"name":"init"}]"#;
    // Each is dated when it is made.
    let parent = child(20, 1, "sshd");
    let attack = child(30, 20, "attack \x1b[2J").with(Field::Ancestry, ancestry);
    let kid = child(31, 30, "cat a");
    sensor.tell(&[parent, attack, kid, child(50, 49, "harmless stranger")]);
    sensor.tell(&[child(32, 30, "cat b")]);
    let alert = about(&agent, "attack \x1b[2J");
    let short = &id(&alert)[..12];
    let mut agent = agent;
    let shown = agent.wait_for_answer(&["alerts", "show", short], "told", |shown| {
        shown["sinks"][0]["fate"] == "delivered"
    });
    assert_eq!((&shown["state"], &shown["sinks"][0]["sink"]), (&"open".into(), &"file".into()));
    assert!(shown["sinks"][0]["at"].as_i64() >= shown["alert"]["time"].as_i64());
    assert_eq!(shown["rule"]["words"]["why"], "W");
    assert_eq!(shown["alert"]["evidence"][0]["field"], "command_line");
    let around: Vec<_> = shown["around"]["events"]
        .as_array()
        .expect("events")
        .iter()
        .map(|near| (near["relation"].as_str(), near["event"]["pid"].as_i64()))
        .collect();
    let kin = [("parent", 20), ("own", 30), ("child", 31), ("child", 32)];
    assert_eq!(around, kin.map(|(relation, pid)| (Some(relation), Some(pid))));
    // This agent's sensor may see less than it should, and then the alert says so.
    let degraded = agent.ask(&["status"])["degraded"].as_array().map(Vec::len);
    assert_eq!(alert["degraded"].as_array().map(Vec::len), degraded);

    let (code, text) = said(&home, &["alerts", "show", short]);
    assert_eq!(code, Some(0), "{text}");
    for line in ["init (1)", "└ sshd (20)", "attack \\u{1b}[2J", "cat b", "file: delivered"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains('\x1b') && !text.contains("stranger"), "{text}");
}

#[test]
fn what_was_done_about_an_alert_is_kept_with_user_and_reason_over_a_restart() {
    let home = home();
    let agent = Agent::start(&home);
    let mut sensor = Sensor::connect(&home);
    sensor.tell(&[start(1, "attack 1"), start(2, "attack 2")]);
    let (one, two) = (id(&about(&agent, "attack 1")), id(&about(&agent, "attack 2")));
    let numbered = numbers(&agent, &[]);
    assert_eq!(numbered.len(), 2);

    let done = agent.ask(&["alerts", "ack", &one, "--by", "kim"]);
    assert_eq!(done[0]["state"], "acknowledged");
    assert_eq!(numbers(&agent, &[]), numbered[1..], "what is open is listed");
    let closed = agent.ask(&["alerts", "close", &one[..20], &two, "--reason", "a drill"]);
    assert_eq!(closed.as_array().map(Vec::len), Some(2));
    assert!(numbers(&agent, &[]).is_empty());
    assert_eq!(numbers(&agent, &["--state", "closed"]), numbered);
    agent.ask(&["alerts", "reopen", &numbered[0].to_string(), "--reason", "no drill"]);
    assert!(agent.end(Signal::TERM).success());

    let agent = Agent::start(&home);
    assert_eq!(numbers(&agent, &["--state", "all"]), numbered);
    assert_eq!(numbers(&agent, &["--state", "open"]), numbered[..1]);
    let shown = agent.ask(&["alerts", "show", &one]);
    let user = rustix::process::geteuid().as_raw();
    let acts: Vec<_> = shown["acts"]
        .as_array()
        .expect("acts")
        .iter()
        .map(|act| {
            assert_eq!(act["uid"], user, "{act}");
            (act["deed"].as_str(), act["by"].as_str(), act["reason"].as_str())
        })
        .collect();
    let expected = [
        (Some("acknowledged"), Some("kim"), None),
        (Some("closed"), None, Some("a drill")),
        (Some("reopened"), None, Some("no drill")),
    ];
    assert_eq!(acts, expected);
}

#[test]
fn what_cannot_be_done_is_refused_by_name_and_nothing_of_it_is_done() {
    let home = home();
    let agent = Agent::start(&home);
    let mut sensor = Sensor::connect(&home);
    let events: Vec<_> =
        (1..=40).map(|number| start(number, &format!("attack {number}"))).collect();
    sensor.tell(&events);
    about(&agent, "attack 40");
    let ids: Vec<String> =
        agent.ask(&["alerts"]).as_array().expect("alerts").iter().map(id).collect();
    assert_eq!(ids.len(), 40);
    let first = |id: &String| id.chars().next();
    let alike = ('a'..='f')
        .find(|letter| ids.iter().filter(|id| first(id) == Some(*letter)).count() > 1)
        .expect("of forty ids two begin with the same letter")
        .to_string();
    assert_eq!(said(&home, &["alerts", "close", &ids[0], "--reason", "x"]).0, Some(0));
    let long = "x".repeat(1_001);
    let table: [(&[&str], i32, &str); 11] = [
        (&["alerts", "show", "99999"], 70, "no alert \"99999\""),
        (&["alerts", "show", "zz"], 70, "no alert \"zz\""),
        (&["alerts", "show", &alike], 70, "say more of the id"),
        (&["alerts", "ack", &alike], 70, "say more of the id"),
        (&["alerts", "close", &ids[0], "--reason", "x"], 70, "is closed, and cannot be closed"),
        (&["alerts", "ack", &ids[0]], 70, "is closed, and cannot be acknowledged"),
        (&["alerts", "reopen", &ids[1]], 70, "is open, and cannot be reopened"),
        (&["alerts", "ack", &ids[1], "zz"], 70, "no alert \"zz\""),
        (&["alerts", "close", &ids[1], "--reason", " "], 70, "no reason is given for closing"),
        (&["alerts", "close", &ids[1], "--reason", &long], 70, "1001 bytes"),
        (&["alerts", "replay", &ids[1][..9]], 70, "no dead letter"),
    ];
    for (arguments, code, words) in table {
        let (ended, said) = said(&home, arguments);
        assert_eq!(ended, Some(code), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    let shown = agent.ask(&["alerts", "show", &ids[1]]);
    assert_eq!((&shown["state"], &shown["acts"]), (&"open".into(), &Json::Array(Vec::new())));
}

#[test]
fn repeats_are_counted_on_their_alert_and_hide_no_other_process() {
    let home = home();
    let mut agent = Agent::start(&home);
    let mut sensor = Sensor::connect(&home);
    let same = |number| start(number, "attack").with(Field::ProcessKey, "told:same");
    sensor.tell(&[same(1), same(2), start(3, "attack")]);
    sensor.tell(&[same(4)]);
    let alerts = agent.wait_for_answer(&["alerts"], "counted", |alerts| alerts[0]["repeated"] == 2);
    assert_eq!(alerts.as_array().map(Vec::len), Some(2), "{alerts:#}");
    assert_eq!(
        (&alerts[0]["event"]["process_key"], &alerts[1]["repeated"]),
        (&"told:same".into(), &0.into())
    );
    let status = agent.ask(&["status"]);
    let counts = &status["alerts"];
    assert_eq!((&counts["findings"], &counts["alerts"]), (&4.into(), &2.into()), "{counts}");
    assert_eq!(counts["repeats"], 2);
}

#[test]
fn a_disabled_rule_sees_nothing_also_after_a_restart_until_it_is_enabled() {
    let home = home();
    fs::create_dir_all(home.path("data/rules")).expect("a folder");
    let loose = "SELECT pid FROM process_starts WHERE command_line LIKE 'third %'\n";
    fs::write(home.path("data/rules/loose.sql"), loose).expect("written");
    let agent = Agent::start(&home);
    for rule in ["one", "loose"] {
        let off = agent.ask(&["rules", "disable", rule, "--reason", "too noisy"]);
        assert_eq!(off["state"], "disabled");
        assert!(off["why"][0].as_str().is_some_and(|why| why.contains("too noisy")), "{off:#}");
    }
    let table: [(&[&str], &str); 4] = [
        (&["rules", "disable", "one", "--reason", "x"], "is disabled already"),
        (&["rules", "enable", "other", "--reason", "x"], "is enabled already"),
        (&["rules", "disable", "nobody", "--reason", "x"], "nobody"),
        (&["rules", "disable", "other", "--reason", ""], "no reason is given"),
    ];
    for (arguments, words) in table {
        let (code, said) = said(&home, arguments);
        assert!(code == Some(70) && said.contains(words), "{arguments:?}: {said}");
    }
    assert!(agent.end(Signal::TERM).success());

    let agent = Agent::start(&home);
    let mut sensor = Sensor::connect(&home);
    sensor.tell(&[start(1, "attack 1"), start(2, "third 2"), start(3, "odd 3")]);
    about(&agent, "odd 3");
    assert_eq!(numbers(&agent, &[]).len(), 1);
    let one = listed(&agent, "one");
    assert_eq!((&one["state"], &one["offered"]), (&"disabled".into(), &0.into()));
    assert_eq!(agent.ask(&["status"])["rules"]["disabled"], 2);
    assert_eq!(agent.ask(&["rules", "--disabled"]).as_array().map(Vec::len), Some(2));
    let other = listed(&agent, "other");
    assert!(other["fired"]["last"].as_i64().is_some() && other["tested"].as_i64().is_some());
    assert_eq!(other["fired"]["entities"], 1);

    let on = agent.ask(&["rules", "enable", "one", "--reason", "it is quiet now"]);
    assert_eq!(on["state"], "active");
    sensor.tell(&[start(4, "attack 4")]);
    about(&agent, "attack 4");
}

#[test]
fn a_pack_is_added_and_removed_and_one_that_is_refused_says_why() {
    let home = releases::home();
    let agent = Agent::start(&home);
    let place = |number, rules: &[releases::Rule]| {
        let file = releases::release(&home, number, rules);
        let named = home.path("turning.pack");
        fs::rename(file, &named).expect("renamed");
        named.to_str().expect("text").to_owned()
    };
    let two = place(2, &[finds("one", &["attack"])]);
    let added = agent.ask(&["packs", "add", &two]);
    assert_eq!((&added[0]["state"], &added[0]["release"]), (&"active".into(), &2.into()));
    assert_eq!(listed(&agent, "one")["state"], "active");

    let older = place(1, &[finds("one", &["attack"])]);
    let (code, text) = said(&home, &["packs", "add", &older]);
    assert!(code == Some(70) && text.contains("release 1 is older than release 2"), "{text}");
    assert_eq!(listed(&agent, "one")["state"], "active", "the release in force stays");

    for (name, words) in [("x.tar", ".pack"), (".x.pack", ".pack"), ("none.pack", "none.pack")] {
        let (code, text) = said(&home, &["packs", "add", name]);
        assert!([Some(70), Some(74)].contains(&code) && text.contains(words), "{name}: {text}");
    }
    let (code, text) = said(&home, &["packs", "remove", "nobody"]);
    assert!(code == Some(70) && text.contains("no pack \"nobody\""), "{text}");
    agent.ask(&["packs", "remove", "turning"]);
    assert_eq!(listed(&agent, "one"), Json::Null);
}
