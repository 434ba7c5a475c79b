//! The real program as an agent's collector, with a broker but without the rest of the agent.
#![cfg(target_os = "linux")]

mod agent;
mod durable;
mod orders;

use std::process::{Child, Command};

use daemoneye_bus::control::{CollectorMessage, heartbeat_topic};
use daemoneye_bus::message::{Payload, Receipt};

use agent::{Agent, ended, procmond, tells_of_this_process, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registers_waits_for_the_word_publishes_and_ends_when_asked() {
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("run/bus.sock");
    let mut agent = Agent::start(&socket);
    let child = procmond(&socket, &["--heartbeat", "100ms"]);
    let registration = agent.registered().await;
    assert_eq!((registration.id.as_str(), registration.pid), ("procmond", child.id()));
    assert!(registration.source.starts_with("procmond:"), "{registration:?}");

    while agent.heartbeat().await.seen == 0 {}
    assert_eq!(agent.heartbeat().await.acknowledged, 0);
    assert!(agent.events.try_recv().is_err(), "nothing is published before the agent says so");

    assert_eq!(agent.ask(CollectorMessage::BeginMonitoring).await, CollectorMessage::Accepted);
    let first = agent.batch(Receipt::Busy("later".to_owned())).await;
    assert_eq!((&first.source, first.number), (&registration.source, 1));
    let again = agent.batch(Receipt::Done).await;
    assert_eq!(again, first, "a batch that was not taken comes again before any other");
    let mut number = 1;
    let mut batch = again;
    while !tells_of_this_process(&batch) {
        batch = agent.batch(Receipt::Done).await;
        number += 1;
        assert_eq!(batch.number, number);
    }
    while agent.heartbeat().await.acknowledged < first.batch.rows() as u64 {}

    assert_eq!(agent.ask(CollectorMessage::Shutdown).await, CollectorMessage::Accepted);
    drain_until_ended(&mut agent, child).await;
    agent.end().await;
}

/// Takes all that the sensor still sends, until it ends well.
async fn drain_until_ended(agent: &mut Agent, child: Child) {
    let draining = async {
        while agent.events.recv().await.is_some_and(|d| d.receipt.send(Receipt::Done).is_ok()) {}
    };
    tokio::select! {
        code = ended(child) => assert_eq!(code, Some(0)),
        () = draining => unreachable!("the broker runs on"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_comes_back_gets_what_the_first_did_not_acknowledge() {
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("run/bus.sock");
    let mut agent = Agent::start(&socket);
    let child = procmond(&socket, &[]);
    let registration = agent.registered().await;
    agent.ask(CollectorMessage::BeginMonitoring).await;
    let first = agent.batch(Receipt::Done).await;
    let second = loop {
        Command::new("true").status().expect("true");
        if let Ok(delivery) = agent.events.try_recv() {
            break delivery;
        }
        tokio::task::yield_now().await;
    };
    agent.end().await;
    drop(second.receipt);
    let Payload::Events(second) = second.payload else { panic!("{:?}", second.payload) };
    assert_eq!(second.number, first.number + 1);

    let mut agent = Agent::start(&socket);
    assert_eq!(agent.registered().await, registration, "it is the same run");
    agent.ask(CollectorMessage::BeginMonitoring).await;
    let again = agent.batch(Receipt::Done).await;
    assert_eq!(again, second);

    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it lives");
    drain_until_ended(&mut agent, child).await;
    agent.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heartbeats_are_published_without_being_asked_for() {
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("run/bus.sock");
    let mut agent = Agent::start(&socket);
    let mut beats = agent.broker.intake(&heartbeat_topic("procmond"), 4).expect("a topic");
    let mut child = procmond(&socket, &["--heartbeat", "100ms"]);
    agent.registered().await;
    for _ in 0..3 {
        let beat = within(beats.recv()).await.expect("a heartbeat");
        assert!(matches!(beat.payload, Payload::Collector(CollectorMessage::Heartbeat(_))));
        beat.receipt.send(Receipt::Done).expect("procmond waits");
    }
    child.kill().expect("it lives");
    child.wait().expect("it ends");
    agent.end().await;
}

#[tokio::test]
async fn without_an_agent_it_ends_with_the_code_for_try_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let child = procmond(&directory.path().join("nobody.sock"), &["--patience", "200ms"]);
    assert_eq!(ended(child).await, Some(75));
}
