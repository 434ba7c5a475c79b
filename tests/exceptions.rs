//! What operators except is kept and counted, never delivered, and for no longer than they said.

use daemoneye_bus::event::{Event, Field};
use daemoneye_tests::Agent;
use rustix::process::Signal;
use serde_json::Value as Json;

use crate::handling::{about, home, numbers, said};
use crate::packs::releases::start;
use crate::packs::sensor::Sensor;

fn by(number: i64, command_line: &str, user: &str) -> Event {
    start(number, command_line).with(Field::UserName, user.to_owned())
}

fn except(agent: &Agent<'_>, arguments: &[&str]) -> Json {
    let signed = ["--owner", "ops", "--reason", "the nightly probe"];
    agent.ask(&[&["except", "add"], arguments, &signed].concat())
}

fn hits(agent: &mut Agent<'_>, number: &str, hits: u64) -> Json {
    agent.wait_for_answer(&["except", "show", number], "counted", |shown| {
        shown["status"]["hits"]["count"] == hits
    })
}

#[test]
fn what_is_excepted_is_kept_and_counted_and_nobody_is_told_also_after_a_restart() {
    let home = home();
    let agent = Agent::start(&home);
    let mut sensor = Sensor::connect(&home);
    sensor.tell(&[by(1, "attack", "probe")]);
    let alert = about(&agent, "attack");
    let number = alert["number"].to_string();
    let added = except(&agent, &["--from-alert", &number, "--expires", "30d"]);
    assert_eq!((&added["exception"]["number"], &added["expired"]), (&1.into(), &false.into()));
    assert_eq!(added["exception"]["fields"].as_array().map(Vec::len), Some(2), "{added:#}");
    assert_eq!(added["exception"]["from_alert"], alert["id"]);
    assert!(added["exception"]["added_by"].is_string());
    assert!(agent.end(Signal::TERM).success());

    let mut agent = Agent::start(&home);
    let mut sensor = Sensor::after(&home, 1);
    let same = |number| by(number, "attack", "probe").with(Field::ProcessKey, "told:same");
    sensor.tell(&[same(2), same(3), by(4, "attack", "eve"), by(5, "attack 5", "probe")]);
    let shown = hits(&mut agent, "1", 2);
    assert_eq!(shown["alerts"].as_array().map(Vec::len), Some(1), "the other is a repeat of it");
    assert_eq!(shown["alerts"][0]["alert"]["event"]["process_key"], "told:same");
    let kept = numbers(&agent, &["--state", "excepted"]);
    assert_eq!(shown["alerts"][0]["number"], kept[0]);
    let detail = agent.ask(&["alerts", "show", &kept[0].to_string()]);
    assert_eq!((&detail["excepted_by"], &detail["sinks"]), (&1.into(), &Json::Array(Vec::new())));
    assert_eq!(detail["repeated"]["count"], 1);
    about(&agent, "attack 5");
    agent.wait_until("told", |status| {
        let file = &status["sinks"][0];
        file["pending"] == 0 && file["delivered"] == 3
    });
    let status = agent.ask(&["status"]);
    assert_eq!(status["alerts"]["excepted"], 2);
    let count = |what: &str| status["alerts"][what].as_u64().expect("a count");
    assert_eq!(count("findings"), count("alerts") + count("repeats"), "{status:#}");
    let rules = agent.ask(&["rules"]);
    let one = rules.as_array().expect("rules").iter().find(|rule| rule["id"] == "one");
    assert_eq!(one.expect("the rule")["exceptions"], 1);

    let removed = agent.ask(&["except", "remove", "1", "--reason", "the probe is gone"]);
    assert_eq!(removed["exception"]["number"], 1);
    sensor.tell(&[by(6, "attack", "probe")]);
    agent.wait_for_alert("not covered any more", |alert| alert["event"]["sequence"] == 6);
    assert_eq!(said(&home, &["except", "show", "1"]).0, Some(70));
}

#[test]
fn an_exception_that_has_expired_stops_at_once_and_is_shown_as_expired() {
    let home = home();
    let mut agent = Agent::start(&home);
    let mut sensor = Sensor::connect(&home);
    let scope = ["--rule", "one", "--where", "user_name=probe"];
    except(&agent, &[&scope[..], &["--expires", "4s"]].concat());
    sensor.tell(&[by(1, "attack", "probe")]);
    hits(&mut agent, "1", 1);
    assert!(numbers(&agent, &[]).is_empty());
    agent.wait_for_answer(&["except", "list"], "expired", |list| list[0]["expired"] == true);
    sensor.tell(&[by(2, "attack", "probe")]);
    agent.wait_for_alert("not covered any more", |alert| alert["event"]["sequence"] == 2);
    hits(&mut agent, "1", 1);
    assert!(said(&home, &["except", "list"]).1.contains("EXPIRED"));
}

#[test]
fn an_exception_that_makes_no_sense_is_refused_by_name() {
    let home = home();
    let agent = Agent::start(&home);
    let mut sensor = Sensor::connect(&home);
    sensor.tell(&[by(1, "attack", "probe")]);
    let alert = about(&agent, "attack");
    let id = alert["id"].as_str().expect("an id");
    let rule = ["--rule", "one", "--where"];
    let table: [(&[&str], &str, &str, &str); 12] = [
        (&["--from-alert", "zz"], "ops", "1d", "no alert \"zz\""),
        (&["--from-alert", id, "--field", "nme"], "ops", "1d", "unknown field \"nme\""),
        (&["--from-alert", id, "--field", "tty"], "ops", "1d", "no value of field \"tty\""),
        (&["--from-alert", id], " ", "1d", "no owner is named"),
        (&["--from-alert", id], "ops", "2001-01-01", "has passed"),
        (&["--from-alert", id], "ops", "367d", "would hold 367 days"),
        (&["--rule", "nobody", "--where", "pid=1"], "ops", "1d", "nobody"),
        (&["--rule", "(blind rule)", "--where", "pid=1"], "ops", "1d", "(blind rule)"),
        (&[rule[0], rule[1], rule[2], "nme=1"], "ops", "1d", "unknown field \"nme\""),
        (&["--rule", "one", "--where", "pid=1", "--where", "pid=2"], "ops", "1d", "named twice"),
        (&["--rule", "one"], "ops", "1d", "--where"),
        (&["--rule", "one", "--where", "pid"], "ops", "1d", "FIELD=VALUE"),
    ];
    for (scope, owner, expires, words) in table {
        let signed = ["--owner", owner, "--expires", expires, "--reason", "r"];
        let (code, text) = said(&home, &[&["except", "add"], scope, &signed].concat());
        assert!([Some(70), Some(2)].contains(&code), "{scope:?} {owner} {expires}: {text}");
        assert!(text.contains(words), "{scope:?} {owner} {expires}: {text}");
    }
    assert_eq!(agent.ask(&["except", "list"]), Json::Array(Vec::new()));
    for arguments in [&["except", "show", "7"][..], &["except", "remove", "7", "--reason", "r"]] {
        let (code, text) = said(&home, arguments);
        assert!(code == Some(70) && text.contains("no exception 7"), "{arguments:?}: {text}");
    }
}
