//! The sensor under its keeper, as operators see it.

use daemoneye_tests::{Agent, Home};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value as Json;

fn collectors(home: &Home) -> Json {
    let answer = home.daemoneye(&["collectors", "--format", "json"]);
    serde_json::from_slice(&answer.stdout).unwrap_or_default()
}

/// The first line that `daemoneye bus tail` prints.
fn tail(home: &Home, pattern: &str) -> Json {
    let answer = home.daemoneye(&["bus", "tail", pattern, "-n", "1", "--format", "json"]);
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    serde_json::from_slice(&answer.stdout).expect("one line")
}

#[test]
fn a_sensor_that_hangs_is_asked_killed_and_replaced() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    let hung = agent.sensor();
    assert_eq!(collectors(&home)[0]["state"], "running");
    agent.wait_until("a heartbeat", |status| {
        status["collectors"][0]["heartbeat"]["processes"].as_u64() > Some(0)
    });
    let pid = i32::try_from(hung).ok().and_then(Pid::from_raw).expect("a pid");
    kill_process(pid, Signal::STOP).expect("our own sensor");
    agent.wait_until("probed", |status| status["collectors"][0]["state"] == "probed");
    let said = agent.wait_for_log("procmond was killed");
    assert!(said.contains("does not answer"), "{said}");
    let status = agent.wait_until("another sensor", |status| {
        let collector = &status["collectors"][0];
        collector["alive"] == true && collector["registration"]["pid"].as_i64() != Some(hung)
    });
    assert_eq!(status["collectors"][0]["state"], "running");
    assert_eq!(status["collectors"][0]["restarts"], 1);
}

#[test]
fn operators_see_events_pass_and_late_ones_how_the_collectors_are() {
    let home = Home::new();
    let _agent = Agent::start(&home);
    let state = tail(&home, "events.collector.+");
    assert_eq!(state["topic"], "events.collector.procmond");
    assert_eq!(state["collector"]["State"]["state"], "running");
    let event = tail(&home, "events.process.#");
    assert!(event["event"]["pid"].is_i64(), "{event}");
    let answer = home.daemoneye(&["bus", "status", "--format", "json"]);
    let traffic: Json = serde_json::from_slice(&answer.stdout).expect("JSON");
    let topics = traffic["topics"].as_array().expect("topics");
    assert!(topics.iter().any(|topic| topic["topic"] == "control.health.heartbeat.procmond"));
    let clients = traffic["clients"].as_array().expect("clients");
    assert!(clients.iter().any(|client| client["client"] == "procmond"), "{traffic}");
}
