//! The sensor is ended by an operator, and stays so; the agent is asked before it can answer.

use std::cell::RefCell;

use daemoneye_tests::{Agent, Home, Impostor};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::{assert_exit, collector, is_degraded_by};

const RULE: &str = "kernel-thread-name";

fn pid(of: i64) -> Pid {
    i32::try_from(of).ok().and_then(Pid::from_raw).expect("a pid")
}

#[test]
fn a_stopped_sensor_stays_stopped_until_it_is_started_and_loses_nothing_it_had() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    for way in
        [&["collectors", "stop", "procmond"][..], &["collectors", "stop", "procmond", "--force"]]
    {
        let before = agent.sensor();
        let stopped = agent.ask(way);
        assert_eq!(stopped["state"], "stopped", "{stopped}");
        assert!(test_kill_process(pid(before)).is_err(), "it has ended when the answer comes");
        let status = agent.ask(&["status"]);
        assert_eq!(collector(&status, "procmond")["state"], "stopped", "{status:#}");
        assert!(is_degraded_by(&status, "was stopped by cli:"), "{status:#}");
        assert_exit(&home, &["status"], 3);
        assert_exit(&home, &["collectors"], 3);
        // Stopping what is stopped changes nothing.
        assert_exit(&home, way, 0);
        agent.wait_for_alert("stopped", |alert| {
            alert["title"].as_str().is_some_and(|title| title.contains("procmond is stopped: cli:"))
        });
        // Runs already when the next sensor looks.
        let impostor = Impostor::start();
        assert_eq!(agent.ask(&["collectors", "start", "procmond"])["state"], "starting");
        agent.wait_until("it runs", |status| {
            collector(status, "procmond")["state"] == "running"
                && !is_degraded_by(status, "stopped")
        });
        assert_ne!(agent.sensor(), before);
        agent.wait_for_alert("seen by the next", impostor.is_in(RULE));
    }
    let status = agent.ask(&["status"]);
    assert_eq!(collector(&status, "procmond")["restarts"], 0, "nobody died: {status:#}");
    agent.wait_for_answer(&["ledger", "acts"], "who did what", |acts| {
        let acts = acts.to_string();
        ["forced=false", "forced=true", "agent.collector-started"].iter().all(|a| acts.contains(a))
    });
}

#[test]
fn a_sensor_that_hangs_is_stopped_all_the_same() {
    let home = Home::new();
    let agent = Agent::start(&home);
    let hung = agent.sensor();
    kill_process(pid(hung), Signal::STOP).expect("our own sensor");
    assert_eq!(agent.ask(&["collectors", "stop", "procmond"])["state"], "stopped");
    assert!(test_kill_process(pid(hung)).is_err());
}

#[test]
fn only_what_is_stopped_can_be_started() {
    let home = Home::new();
    let _agent = Agent::start(&home);
    for (id, why) in
        [("procmond", "collector procmond was not stopped"), ("x", "x is not started by the agent")]
    {
        let output = home.daemoneye(&["collectors", "start", id]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(70), "{said}");
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn until_the_agent_answers_every_question_ends_with_69() {
    let home = Home::new();
    let mut agent = Agent::spawn(&home);
    let early = RefCell::new(Vec::new());
    agent.wait_for_answer(&["rules"], "an answer", |rules| {
        if rules.is_null() {
            let output = home.daemoneye(&["status"]);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            early.borrow_mut().push((output.status.code(), said));
        }
        rules.is_array()
    });
    // Between two questions it may have begun to answer, and not to judge.
    let of_69 = |(code, said): &(Option<i32>, String)| match code {
        Some(69) => said.contains("no agent at") || said.contains("takes no questions now"),
        other => matches!(other, Some(0 | 3)),
    };
    let early = early.into_inner();
    assert!(!early.is_empty() && early.iter().all(of_69), "{early:?}");
}
