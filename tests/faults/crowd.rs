//! A hundred collectors register at the same moment.

use std::sync::Arc;
use std::time::Duration;

use daemoneye_bus::client::Client;
use daemoneye_bus::control::{CollectorMessage, LIFECYCLE, Registration, collector_topic};
use daemoneye_bus::message::Payload;
use daemoneye_tests::{Agent, Home};
use serde_json::Value as Json;
use tokio::sync::Barrier;

const CROWD: usize = 100;
/// Ends a test that would never end.
const PATIENCE: Duration = Duration::from_secs(60);

fn registration(id: &str) -> Registration {
    Registration {
        id: id.to_owned(),
        source: format!("{id}:1"),
        pid: std::process::id(),
        version: "0.1.0".to_owned(),
        capabilities: vec!["nothing".to_owned()],
        degraded: Vec::new(),
        confinement: Vec::new(),
    }
}

/// Registers with all others, and says so to whoever waits, too, when it is told to begin.
async fn collect(client: Client, id: String, start: Arc<Barrier>) -> Client {
    let mut calls = client.serve(&collector_topic(&id)).await.expect("its own topic");
    start.wait().await;
    let register = Payload::Collector(CollectorMessage::Register(registration(&id)));
    let answer = client.call(LIFECYCLE, register, PATIENCE).await.expect("an answer");
    assert_eq!(answer, Payload::Collector(CollectorMessage::Accepted), "{id}");
    let call = calls.next().await.expect("told to begin");
    assert_eq!(call.payload(), &Payload::Collector(CollectorMessage::BeginMonitoring), "{id}");
    let accepted = Ok(Payload::Collector(CollectorMessage::Accepted));
    call.reply(accepted).await.expect("an agent");
    client
}

fn name(number: usize) -> String {
    format!("crowd-{number:03}")
}

/// How many of the crowd are listed and run.
fn listed(collectors: &Json) -> usize {
    let all = collectors.as_array().into_iter().flatten();
    let of_crowd = |one: &&Json| {
        let id = one["registration"]["id"].as_str();
        id.is_some_and(|id| id.starts_with("crowd-")) && one["state"] == "running"
    };
    all.filter(of_crowd).count()
}

#[test]
fn a_hundred_collectors_at_once_are_all_answered_listed_and_gone_when_they_leave() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let crowd = runtime.block_on(async {
        let start = Arc::new(Barrier::new(CROWD));
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..CROWD {
            let client = Client::connect(&home.socket(), &name(number)).await;
            tasks.spawn(collect(client.expect("room"), name(number), start.clone()));
        }
        tokio::time::timeout(PATIENCE, tasks.join_all()).await.expect("nobody waits for ever")
    });
    let all = agent.wait_for_answer(&["collectors"], "all listed", |all| listed(all) == CROWD);
    assert_eq!(all.as_array().map(Vec::len), Some(CROWD + 1), "and the sensor");

    runtime.block_on(async move { drop(crowd) });
    let left = agent.wait_for_answer(&["collectors"], "all gone", |all| {
        all.as_array().is_some_and(|all| all.len() == 1)
    });
    assert_eq!(left[0]["registration"]["id"], "procmond", "{left}");
    agent.wait_until("well", |status| !status["degraded"].to_string().contains("crowd-"));
}

#[test]
fn nobody_registers_under_the_name_of_another() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let refused = runtime.block_on(async {
        let client = Client::connect(&home.socket(), "stranger").await.expect("an agent");
        let register = Payload::Collector(CollectorMessage::Register(registration("procmond")));
        client.call(LIFECYCLE, register, PATIENCE).await.expect_err("refused")
    });
    assert!(refused.to_string().contains("is client \"stranger\" of the bus"), "{refused}");
    let status = agent.wait_until("an answer", |status| status["state"] == "SteadyState");
    assert_ne!(status["collectors"][0]["registration"]["capabilities"][0], "nothing");
}
