//! An operator goes back to the release before, with the real programs.

use std::fs;
use std::process::Output;

use daemoneye_tests::{Agent, Home};
use rustix::process::Signal;
use serde_json::{Value as Json, json};

use super::releases::{drop_release, finds, home, in_force, listed, release, start, wait_for};
use super::sensor::Sensor;

const REASON: &str = "two floods us";

fn rollback(home: &Home, more: &[&str]) -> (Option<i32>, String) {
    let words = ["packs", "rollback", "turning", "--by", "kim", "--reason", REASON];
    let words = [&words[..], &["--format", "json"]].concat();
    said(&home.daemoneye(&[&words, more].concat()))
}

fn said(output: &Output) -> (Option<i32>, String) {
    let text =
        [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    (output.status.code(), text.concat())
}

fn acts(agent: &mut Agent<'_>, name: &str) -> String {
    let found = |acts: &Json| acts.to_string().contains(name);
    agent.wait_for_answer(&["ledger", "acts"], name, found).to_string()
}

/// Release 1, and release 2 in its place.
fn two_releases<'h>(home: &'h Home) -> Agent<'h> {
    drop_release(home, 1, &[finds("one", &["first"])]);
    let mut agent = Agent::start(home);
    wait_for(&mut agent, 1);
    drop_release(home, 2, &[finds("two", &["second"])]);
    wait_for(&mut agent, 2);
    agent
}

#[test]
fn the_release_before_judges_again_the_ledger_says_why_and_a_restart_keeps_it() {
    let home = home();
    let mut agent = two_releases(&home);
    let (code, text) = rollback(&home, &[]);
    assert!(code == Some(0) && text.contains("rolled back to release 1 by kim (as "), "{text}");
    assert_eq!(in_force(&agent.ask(&["status"])), [1]);
    let mut sensor = Sensor::connect(&home);
    sensor.tell(&[start(1, "second 1"), start(2, "first 2")]);
    agent.wait_for_alert("of rule one", |alert| alert["event"]["command_line"] == "first 2");
    assert_eq!(listed(&agent, "two"), Json::Null);
    let acts = acts(&mut agent, "pack-rolled-back");
    assert!(acts.contains("pack=turning from=2 to=1") && acts.contains(REASON), "{acts}");
    let status = agent.ask(&["status"]);
    assert!(!status["degraded"].to_string().contains("turning"), "{status:#}");
    let (code, text) = rollback(&home, &[]);
    assert!(code == Some(70) && text.contains("no release before 1 is kept"), "{text}");

    assert!(agent.end(Signal::TERM).success());
    let mut agent = Agent::start(&home);
    wait_for(&mut agent, 1);
    let entries = agent.ask(&["packs"]);
    let why = entries.as_array().into_iter().flatten().find(|pack| pack["release"] == 2);
    assert!(why.is_some_and(|pack| pack["why"].to_string().contains(REASON)), "{entries:#}");

    let (code, text) = rollback(&home, &["--undo"]);
    assert!(code == Some(0), "{text}");
    assert_eq!(in_force(&agent.ask(&["status"])), [2]);
    let (code, text) = rollback(&home, &["--undo"]);
    assert!(code == Some(70) && text.contains("turning: is not rolled back"), "{text}");
}

#[test]
fn a_later_release_ends_a_rollback_and_the_floor_holds_for_everything_else() {
    let home = home();
    let mut agent = two_releases(&home);
    assert_eq!(rollback(&home, &[]).0, Some(0));
    // Another release 1, as well signed, is not the one that was.
    fs::rename(release(&home, 1, &[finds("other", &["x"])]), home.path("packs/other.pack"))
        .expect("renamed");
    agent.wait_until("refused", |status| {
        status["degraded"].to_string().contains("release 1 is older than release 2")
    });
    assert_eq!(in_force(&agent.ask(&["status"])), [1]);
    assert_eq!(listed(&agent, "other"), Json::Null);
    fs::remove_file(home.path("packs/other.pack")).expect("removed");

    drop_release(&home, 3, &[finds("three", &["third"])]);
    wait_for(&mut agent, 3);
    let remembered = fs::read(home.path("data/pack-memory.json")).expect("a file");
    let remembered: Json = serde_json::from_slice(&remembered).expect("JSON");
    assert_eq!(
        (&remembered["floors"]["turning"], &remembered["rolled_back"]),
        (&json!(3), &Json::Null)
    );
    assert_eq!(rollback(&home, &[]).0, Some(0), "what was in force before 3 is 1");
    assert_eq!(in_force(&agent.ask(&["status"])), [1]);
}

#[test]
fn nothing_is_gone_back_to_that_is_not_there_or_damaged_and_no_reason_is_none() {
    let home = home();
    drop_release(&home, 1, &[finds("one", &["first"])]);
    let mut agent = Agent::start(&home);
    wait_for(&mut agent, 1);
    let (code, text) = rollback(&home, &[]);
    assert!(code == Some(70) && text.contains("no release before 1 is kept"), "{text}");
    let (code, text) = said(&home.daemoneye(&["packs", "rollback", "nothing", "--reason", "x"]));
    assert!(code == Some(70) && text.contains("no pack \"nothing\" is in force"), "{text}");
    let (code, text) = said(&home.daemoneye(&["packs", "rollback", "turning", "--reason", " "]));
    assert!(code == Some(70) && text.contains("no reason is given for rolling back"), "{text}");

    drop_release(&home, 2, &[finds("two", &["second"])]);
    wait_for(&mut agent, 2);
    let kept = home.path("data/releases/turning.before.pack");
    let mut bytes = fs::read(&kept).expect("what was before");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&kept, bytes).expect("written");
    let (code, text) = rollback(&home, &[]);
    assert!(code == Some(70) && text.contains("turning.before.pack"), "{text}");
    assert_eq!(in_force(&agent.ask(&["status"])), [2]);
}
