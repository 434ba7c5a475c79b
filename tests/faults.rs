//! What machines and other programs do wrong to a running agent and its sensor. One file for each
//! fault; which kills what is in `chaos`.

mod bomb; // a process that forks without end
mod clients; // programs on the bus that do not keep to the protocol
mod crowd; // everybody at once
mod disk; // no room
mod socket; // the way in is deleted
mod stopped; // an operator ends the sensor; the agent is asked too early

use std::path::Path;

use daemoneye_bus::client::Client;
use daemoneye_bus::event::{Batch, Event, Field, Kind};
use daemoneye_bus::message::{Payload, Receipt, SourceBatch};
use daemoneye_tests::{Agent, Home, Tally};
use rustix::process::Signal;
use serde_json::Value as Json;

/// Begins the command line of each event that tests publish themselves.
const MARK: &str = "published as ";

fn numbered(number: u64) -> String {
    format!("{MARK}{number}")
}

/// A batch of one event.
fn batch(number: u64) -> Payload {
    let event = Event::new(Kind::Start, 1).with(Field::CommandLine, numbered(number));
    let batch = Batch::from_events([&event]).expect("one event");
    Payload::Events(SourceBatch { source: "test:1".to_owned(), number, lost: 0, batch })
}

/// What the agent says to the batch of this number.
async fn publish(client: &Client, number: u64) -> Receipt {
    client.publish("events.process.start", batch(number)).await.expect("an agent")
}

/// The state of a collector, or null.
fn collector<'a>(status: &'a Json, id: &str) -> &'a Json {
    let mut all = status["collectors"].as_array().into_iter().flatten();
    all.find(|one| one["registration"]["id"] == id).unwrap_or(&Json::Null)
}

fn is_degraded_by(status: &Json, what: &str) -> bool {
    status["degraded"].to_string().contains(what)
}

/// `daemoneye status` says so to scripts, too.
fn assert_exit(home: &Home, arguments: &[&str], code: i32) {
    let output = home.daemoneye(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
}

/// Waits until the agent has everything that its sensor knows, and ends both. Where much happens, a
/// sensor that is not paused always has something that waits.
fn settle(mut agent: Agent<'_>) {
    assert_eq!(agent.ask(&["collectors", "pause", "procmond"])["settings"]["paused"], "true");
    agent.wait_until("everything acknowledged", |status| {
        collector(status, "procmond")["heartbeat"]["waiting"] == 0
    });
    assert!(agent.end(Signal::TERM).success());
}

/// All that was written is stored, once, and the ledger holds.
fn assert_whole(home: &Home, state_dir: &Path, store: &Path) {
    let state = state_dir.to_str().expect("text");
    assert_exit(home, &["ledger", "verify", "--state-dir", state], 0);
    let tally = Tally::of(state_dir, store);
    assert!(tally.written > 0, "{tally:?}");
    assert_eq!(tally, Tally { written: tally.written, ..Tally::default() });
}
