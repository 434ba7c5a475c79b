//! Why there is no connection, told apart.

use std::os::unix::net::UnixListener;
use std::path::Path;

use daemoneye_bus::client::{Client, ClientError, ConnectError};
use daemoneye_bus::frame::encode;
use daemoneye_bus::message::{Payload, ServerMessage};
use tokio::io::AsyncWriteExt;

use crate::harness::{Bus, soon};

async fn error(path: &Path) -> ConnectError {
    soon(Client::connect(path, "peer")).await.expect_err("no broker")
}

#[tokio::test]
async fn no_socket_and_a_dead_one_are_told_apart() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("agent.sock");
    assert!(matches!(error(&path).await, ConnectError::NotFound(p) if p == path));
    drop(UnixListener::bind(&path).expect("free"));
    assert!(matches!(error(&path).await, ConnectError::NobodyAnswers(p) if p == path));
}

#[tokio::test(start_paused = true)]
async fn whoever_accepts_and_says_nothing_is_nobody() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("agent.sock");
    let _listener = UnixListener::bind(&path).expect("free");
    assert!(matches!(error(&path).await, ConnectError::NobodyAnswers(_)));
}

#[tokio::test]
async fn whoever_speaks_another_protocol_is_no_agent() {
    for answer in [
        ServerMessage::Welcome { protocol: daemoneye_bus::message::PROTOCOL + 1 },
        ServerMessage::Deliver { topic: "a".to_owned(), payload: Payload::Empty },
    ] {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("agent.sock");
        let listener = tokio::net::UnixListener::bind(&path).expect("free");
        let (error, _) = tokio::join!(error(&path), async {
            let (mut stream, _) = listener.accept().await.expect("a peer");
            stream.write_all(&encode(&answer).expect("small")).await.expect("written");
            stream
        });
        assert!(matches!(error, ConnectError::NotAnAgent(_)), "{error}");
    }
}

#[tokio::test]
async fn a_client_learns_that_the_broker_ended_and_why_it_was_dismissed() {
    let bus = Bus::start();
    let client = bus.client("peer").await;
    let mut subscription = client.subscribe("#").await.expect("granted");
    bus.end().await;
    assert_eq!(soon(client.closed()).await, None);
    assert!(soon(subscription.next()).await.is_none());
    let after = soon(client.publish("a", Payload::Empty)).await;
    assert!(matches!(after, Err(ClientError::Closed)), "{after:?}");
}

#[tokio::test]
async fn a_connection_lasts_as_long_as_anything_that_came_from_it() {
    let bus = Bus::start();
    let mut departures = bus.handle.departures();
    let client = bus.client("peer").await;
    let mut subscription = client.subscribe("a.#").await.expect("granted");
    drop(client);
    bus.handle.publish("a.b", &Payload::Empty).expect("a topic");
    assert_eq!(soon(subscription.next()).await, Some(("a.b".to_owned(), Payload::Empty)));
    drop(subscription);
    assert_eq!(soon(departures.recv()).await.expect("a departure"), "peer");
}
