//! `daemoneye alerts --follow`: what is there, then each new alert once, until nobody reads.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::{Arc, Mutex};

use daemoneye_bus::alert::{Alert, Severity};
use daemoneye_bus::control::{AlertJson, Request, Response};

use crate::agent::Agent;
use crate::program::daemoneye;

pub(crate) fn alert(id: &str, command_line: &str) -> Alert {
    let event = serde_json::json!({ "pid": 42, "command_line": command_line });
    Alert {
        id: id.to_owned(),
        time: 1_000_000,
        latency: 5,
        rule: "shell-dev-tcp".to_owned(),
        title: "Shell opens /dev/tcp".to_owned(),
        pack: "linux".to_owned(),
        severity: Severity::High,
        techniques: Vec::new(),
        evidence: Vec::new(),
        shown: serde_json::Map::new(),
        event: event.as_object().expect("an object").clone(),
        repeats: 0,
        witness: None,
        degraded: None,
    }
}

type Alerts = Arc<Mutex<Vec<Alert>>>;

/// Keeps alerts as the store does: numbered from 1, the newest so many above a number.
fn agent_with(alerts: &Alerts) -> Agent {
    let alerts = alerts.clone();
    Agent::that(move |request| {
        let Request::Alerts { after, severity, limit } = request else { panic!("{request:?}") };
        let alerts = alerts.lock().expect("not poisoned");
        let numbered = (1..).zip(alerts.iter());
        let wanted = numbered.filter(|(number, a)| *number > after && a.severity >= severity);
        let mut found: Vec<_> = wanted.map(|(number, a)| (number, AlertJson::from(a))).collect();
        Response::Alerts(found.split_off(found.len().saturating_sub(limit as usize)))
    })
}

fn follow(agent: &Agent, arguments: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let mut command = daemoneye(&agent.socket(), &[&["alerts", "--follow"], arguments].concat());
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let stdout = child.stdout.take().expect("piped");
    (child, BufReader::new(stdout))
}

fn line(reader: &mut impl BufRead) -> String {
    let mut line = String::new();
    reader.read_line(&mut line).expect("a line");
    line
}

fn push(alerts: &Alerts, alert: Alert) {
    alerts.lock().expect("not poisoned").push(alert);
}

#[test]
fn each_alert_comes_once_and_as_one_line_of_json() {
    let alerts: Alerts = Arc::default();
    ["1", "2", "3"].iter().for_each(|id| push(&alerts, alert(id, "old")));
    let agent = agent_with(&alerts);
    let (mut child, mut lines) = follow(&agent, &["--format", "json", "--limit", "2"]);
    let mut next = || serde_json::from_str::<Alert>(&line(&mut lines)).expect("an alert").id;
    assert_eq!((next(), next()), ("2".to_owned(), "3".to_owned()));
    for id in ["4", "5"] {
        push(&alerts, alert(id, "new\n"));
        assert_eq!(next(), id);
    }
    child.kill().expect("it runs");
    child.wait().expect("it ended");
}

#[test]
fn with_a_limit_of_none_only_new_alerts_come() {
    let alerts: Alerts = Arc::default();
    push(&alerts, alert("1", "old"));
    let agent = agent_with(&alerts);
    let (mut child, mut lines) = follow(&agent, &["--limit", "0"]);
    // It polls: it has asked what is there, and now waits for more.
    while agent.asked().len() < 4 {
        std::thread::yield_now();
    }
    push(&alerts, alert("2", "new"));
    let first = line(&mut lines);
    assert!(first.starts_with("1970-01-01 00:00:01  high      shell-dev-tcp  "), "{first}");
    assert!(first.ends_with("pid 42, new\n"), "{first}");
    child.kill().expect("it runs");
    child.wait().expect("it ended");
}

#[test]
fn when_nobody_reads_any_more_it_ends_quietly_with_0() {
    let alerts: Alerts = Arc::default();
    push(&alerts, alert("1", "x"));
    let agent = agent_with(&alerts);
    let (mut child, mut lines) = follow(&agent, &[]);
    line(&mut lines);
    drop(lines);
    push(&alerts, alert("2", "y"));
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    let mut complaint = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut complaint).expect("text");
    assert_eq!(complaint, "");
}

#[test]
fn when_the_agent_goes_it_ends_with_69() {
    let alerts: Alerts = Arc::default();
    push(&alerts, alert("1", "x"));
    let agent = agent_with(&alerts);
    let (mut child, mut lines) = follow(&agent, &[]);
    line(&mut lines);
    drop(agent);
    assert_eq!(child.wait().expect("it ends").code(), Some(69));
}
