//! `daemoneye bus`: what is published comes out line by line, and what is lost is told.

use std::io::Read;
use std::process::Stdio;
use std::sync::{Arc, OnceLock};

use daemoneye_bus::client::Client;
use daemoneye_bus::control::{ClientTraffic, Response, TopicTraffic, Traffic};
use daemoneye_bus::event::{Batch, Event, Field, Kind};
use daemoneye_bus::message::{Payload, SourceBatch};

use crate::agent::Agent;
use crate::program::{daemoneye, run};

fn batch(command_line: &str) -> Payload {
    let event = Event::new(Kind::Exec, 1_000_000).with(Field::CommandLine, command_line);
    let batch = Batch::from_events([&event, &event]).expect("a batch");
    Payload::Events(SourceBatch { source: "test:1".to_owned(), number: 1, lost: 0, batch })
}

/// Publishes again and again, until the program has what it wants and ends.
fn publish_until_it_ends(agent: &Agent, child: &mut std::process::Child) -> Option<i32> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let client = Client::connect(&agent.socket(), "sensor").await.expect("connected");
        loop {
            if let Some(ended) = child.try_wait().expect("a child") {
                return ended.code();
            }
            for (topic, said) in [("events.process.exec", "ls\x1b[2J"), ("events.other", "no")] {
                client.publish(topic, batch(said)).await.expect("open");
            }
        }
    })
}

/// What it wrote to standard output and standard error, and how it ended.
fn tail(agent: &Agent, pid: &OnceLock<u32>, arguments: &[&str]) -> (String, String, Option<i32>) {
    let mut command = daemoneye(&agent.socket(), &[&["bus", "tail"], arguments].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    pid.set(child.id()).expect("once");
    let code = publish_until_it_ends(agent, &mut child);
    let (mut out, mut err) = (String::new(), String::new());
    child.stdout.take().expect("piped").read_to_string(&mut out).expect("text");
    child.stderr.take().expect("piped").read_to_string(&mut err).expect("text");
    (out, err, code)
}

/// An agent that says it has dropped so many deliveries to the program with this pid.
fn dropping(pid: &Arc<OnceLock<u32>>, shed: u64) -> Agent {
    let pid = pid.clone();
    Agent::that(move |_| {
        let client = format!("cli:{}", pid.get().copied().unwrap_or_default());
        let clients = vec![ClientTraffic { client, shed, ..ClientTraffic::default() }];
        Response::Traffic(Box::new(Traffic { clients, ..Traffic::default() }))
    })
}

#[test]
fn each_event_of_a_matching_topic_is_a_line_until_there_are_enough() {
    let pid = Arc::default();
    let arguments = ["events.process.#", "-n", "3", "--format", "json"];
    let (out, err, code) = tail(&dropping(&pid, 0), &pid, &arguments);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let lines: Vec<serde_json::Value> =
        out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 3);
    for line in lines {
        assert_eq!(line["topic"], "events.process.exec");
        assert_eq!(line["event"]["command_line"], "ls\x1b[2J");
    }
}

#[test]
fn lines_for_people_are_harmless_and_what_was_dropped_is_told() {
    let pid = Arc::default();
    let (out, err, code) = tail(&dropping(&pid, 7), &pid, &["events.process.#", "-n", "1"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.starts_with("events.process.exec  1970-01-01 00:00:01  ls"), "{out}");
    assert!(!out.contains('\x1b'), "{out}");
    assert!(err.contains("7 messages dropped"), "{err}");
}

#[test]
fn a_pattern_that_is_none_is_named() {
    let agent = Agent::that(|_| Response::Traffic(Box::default()));
    run(&agent.socket(), &["bus", "tail", "a.#.b"]).with(70).complains("\"a.#.b\"");
}

#[test]
fn the_traffic_of_clients_and_topics_is_shown() {
    let agent = Agent::that(|_| {
        let topic = "events.process.exec".to_owned();
        let topics = vec![TopicTraffic { topic, published: 1_234, queued: 5, shed: 6 }];
        Response::Traffic(Box::new(Traffic { topics, shed: 6, ..Traffic::default() }))
    });
    run(&agent.socket(), &["bus", "status"]).with(0).says("1,234").says("6 were dropped");
    let json = run(&agent.socket(), &["bus", "status", "--format", "json"]).with(0).json();
    assert_eq!(json["topics"][0]["shed"], 6);
}
