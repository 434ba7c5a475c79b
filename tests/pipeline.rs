//! From a live process to a delivered alert, through kills.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

use daemoneye_tests::{Agent, Home, Impostor};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value as Json;

const RULE: &str = "kernel-thread-name";

fn kill(pid: i64) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a pid");
    kill_process(pid, Signal::KILL).expect("our own sensor");
}

#[test]
fn a_live_process_becomes_a_stored_and_delivered_alert_and_sigterm_leaves_nothing_behind() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    let sensor = agent.sensor();
    let impostor = Impostor::start();
    let alert = agent.wait_for_alert("kernel thread", impostor.is_in(RULE));
    assert!(alert["evidence"].as_array().is_some_and(|evidence| !evidence.is_empty()), "{alert}");
    assert_eq!(alert["pack"], "linux-essentials");
    assert!(alert["latency"].as_i64().is_some_and(|latency| latency >= 0), "{alert}");
    agent.wait_until("delivered", |status| {
        status["sinks"][0]["delivered"].as_u64() >= Some(1)
            && status["sinks"][0]["pending"].as_u64() == Some(0)
    });
    let delivered = fs::read_to_string(home.path("alerts/alerts.jsonl")).expect("the sink's file");
    assert!(delivered.lines().any(|line| line.contains(alert["id"].as_str().expect("an id"))));

    let rows = agent.ask(&[
        "query",
        "SELECT pid, command_line FROM process_starts WHERE command_line LIKE '[kworker/7:7]%'",
    ]);
    assert!(rows.to_string().contains(&impostor.pid().to_string()), "{rows}");

    assert!(agent.end(Signal::TERM).success());
    assert!(!home.socket().exists(), "the socket is left behind");
    let gone = Pid::from_raw(i32::try_from(sensor).expect("a pid")).expect("a pid");
    assert!(rustix::process::test_kill_process(gone).is_err(), "the sensor is left behind");
}

#[test]
fn socket_store_and_alerts_are_for_their_owner_only() {
    let home = Home::new();
    let _agent = Agent::start(&home);
    let own = fs::metadata(home.path("data")).expect("a folder").uid();
    for (name, mode) in [("data", 0o700), ("data/run", 0o700), ("data/run/bus.sock", 0o600)] {
        let metadata = fs::metadata(home.path(name)).expect(name);
        assert_eq!(metadata.permissions().mode() & 0o777, mode, "{name}");
        assert_eq!(metadata.uid(), own, "{name}");
    }
    let store = fs::metadata(home.path("data/store.redb")).expect("the store");
    assert_eq!(store.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_killed_sensor_is_told_started_again_and_events_flow() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    let killed = agent.sensor();
    kill(killed);
    let said = agent.wait_for_log("procmond died");
    assert!(said.contains("signal: 9"), "{said}");
    agent.wait_until("another sensor", |status| {
        let collector = &status["collectors"][0];
        collector["alive"] == true && collector["registration"]["pid"].as_i64() != Some(killed)
    });
    let impostor = Impostor::start();
    agent.wait_for_alert("after the kill", impostor.is_in(RULE));
    let status = agent.ask(&["status"]);
    assert_eq!(status["collectors"][0]["restarts"], 1, "{status:#}");
}

#[test]
fn a_killed_agent_keeps_what_it_stored_and_starts_again_on_the_same_data() {
    let home = Home::new();
    let agent = Agent::start(&home);
    let impostor = Impostor::start();
    let alert = agent.wait_for_alert("before the kill", impostor.is_in(RULE));
    assert!(!agent.end(Signal::KILL).success());
    drop(impostor);

    let agent = Agent::start(&home);
    let mut kept = agent.wait_for_alert("kept", |kept| kept["id"] == alert["id"]);
    // What the sensor says again of a process that lives counts on, before the kill and after it.
    assert!(kept["repeated"].as_u64() >= alert["repeated"].as_u64(), "{kept:#}");
    kept["repeated"] = alert["repeated"].clone();
    assert_eq!(kept, alert);
    let impostor = Impostor::start();
    agent.wait_for_alert("after the kill", impostor.is_in(RULE));
}

#[test]
fn a_second_agent_on_the_same_data_is_refused_and_the_first_goes_on() {
    let home = Home::new();
    let mut first = Agent::start(&home);
    let (status, said) = Agent::spawn(&home).wait_for_end();
    assert_eq!(status.code(), Some(1));
    assert!(said.contains("store.redb"), "{said}");
    first.wait_until("still steady", |status| status["state"] == "SteadyState");
    let impostor = Impostor::start();
    first.wait_for_alert("the first goes on", impostor.is_in(RULE));
}

#[test]
fn the_identities_of_events_and_rules_hold() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    for _ in 0..50 {
        assert!(Command::new("/bin/true").status().expect("true starts").success());
    }
    agent.wait_until("all judged", |status| {
        let events = &status["events"];
        events["judged"].as_u64() >= Some(50) && events["judged"] == events["stored"]
    });
    let count = |value: &Json| value.as_u64().expect("a count");
    for rule in agent.ask(&["rules"]).as_array().expect("rules") {
        let parts = ["filtered", "judged", "over_budget", "faulted"].map(|part| count(&rule[part]));
        assert_eq!(count(&rule["offered"]), parts.iter().sum::<u64>(), "{rule}");
    }
    let events = agent.ask(&["status"])["events"].clone();
    let stored = count(&events["stored"]) + count(&events["duplicates"]);
    assert!(count(&events["received"]) >= stored, "{events}");
}
