//! Peers that do not keep to the protocol are refused by name of their mistake, and hurt nobody.

use std::io::Write;

use daemoneye_bus::frame::{HEADER_BYTES, MAX_FRAME_BYTES, encode};
use daemoneye_bus::message::{ClientMessage, PROTOCOL, Payload};
use tokio::io::AsyncWriteExt;

use crate::harness::{Bus, soon};

fn hello(protocol: u16, client: &str) -> ClientMessage {
    ClientMessage::Hello { protocol, client: client.to_owned() }
}

fn publish() -> ClientMessage {
    ClientMessage::Publish { id: 1, topic: "a".to_owned(), payload: Payload::Empty }
}

fn frame(message: &ClientMessage) -> Vec<u8> {
    encode(message).expect("a small message")
}

fn with_length(length: usize) -> Vec<u8> {
    let mut bytes = u32::try_from(length).expect("32 bits").to_le_bytes().to_vec();
    bytes.resize(HEADER_BYTES, 0);
    bytes
}

fn wrong_checksum() -> Vec<u8> {
    let mut frame = frame(&hello(PROTOCOL, "peer"));
    frame[4] ^= 1;
    frame
}

#[tokio::test]
async fn a_wrong_beginning_is_refused_by_name() {
    let table: [(&str, Vec<u8>, &str); 8] = [
        ("garbage", b"GET / HTTP/1.1\r\n\r\n".to_vec(), "frame of 542393671 bytes"),
        ("short garbage", vec![1, 0, 0, 0, 9, 9, 9, 9, 9], "instead of 09090909"),
        ("too long", with_length(MAX_FRAME_BYTES + 1), "frame of 16777217 bytes"),
        ("wrong checksum", wrong_checksum(), "checksum"),
        ("wrong protocol", frame(&hello(PROTOCOL + 1, "peer")), "protocol 2"),
        ("no hello", frame(&publish()), "not hello"),
        ("no name", frame(&hello(PROTOCOL, "")), "name"),
        ("a name that fakes a line of the log", frame(&hello(PROTOCOL, "a\nb")), "name"),
    ];
    let bus = Bus::start();
    for (what, bytes, reason) in table {
        let mut peer = bus.raw().await;
        peer.write(&bytes).await;
        let refused = peer.refused().await;
        assert!(refused.contains(reason), "{what}: {refused}");
        assert_eq!(peer.hear().await, None, "{what}");
    }
    assert_eq!(bus.handle.counters().refused, 8);
    bus.assert_alive().await;
}

#[tokio::test]
async fn half_a_frame_and_an_end_hurt_nobody() {
    let bus = Bus::start();
    let whole = frame(&hello(PROTOCOL, "peer"));
    for length in [1, HEADER_BYTES, whole.len() - 1] {
        let mut peer = bus.raw().await;
        peer.write(&whole[..length]).await;
        soon(peer.writer.shutdown()).await.expect("open");
        assert!(peer.refused().await.contains("within a frame"));
        assert_eq!(peer.hear().await, None);
    }
    bus.assert_alive().await;
}

#[tokio::test]
async fn a_greeted_client_that_breaks_the_protocol_is_dismissed() {
    let bus = Bus::start();
    for (bytes, reason) in [
        (frame(&hello(PROTOCOL, "peer")), "hello after hello"),
        (with_length(MAX_FRAME_BYTES + 1), "frame of 16777217 bytes"),
        (wrong_checksum(), "checksum"),
    ] {
        let mut departures = bus.handle.departures();
        let mut peer = bus.greeted("peer").await;
        peer.write(&bytes).await;
        let refused = peer.refused().await;
        assert!(refused.contains(reason), "{refused}");
        assert_eq!(peer.hear().await, None);
        assert_eq!(soon(departures.recv()).await.expect("a departure"), "peer");
    }
    bus.assert_alive().await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_says_nothing_is_refused_after_five_seconds() {
    let bus = Bus::start();
    let began = tokio::time::Instant::now();
    let mut peer = bus.raw().await;
    assert!(peer.refused().await.contains("no hello within 5 seconds"));
    let waited = began.elapsed().as_secs_f32();
    assert!((4.9..5.5).contains(&waited), "{waited} s");
}

#[tokio::test]
async fn a_reply_to_no_call_is_ignored() {
    let bus = Bus::start();
    let mut peer = bus.greeted("peer").await;
    peer.say(&ClientMessage::Reply { id: 99, result: Ok(Payload::Empty) }).await;
    peer.say(&publish()).await;
    assert!(peer.hear().await.is_some());
}

/// The runtime of this test has one thread: whoever does not let go of it stops everybody.
#[tokio::test]
async fn a_peer_that_never_pauses_delays_nobody() {
    let bus = Bus::start();
    let mut flood = std::os::unix::net::UnixStream::connect(bus.socket()).expect("connected");
    let flooding = std::thread::spawn(move || {
        let reply = ClientMessage::Reply { id: 1, result: Ok(Payload::Empty) };
        let replies = frame(&reply).repeat(1_000);
        let hello = frame(&hello(PROTOCOL, "flood"));
        let mut written = flood.write_all(&hello);
        while written.is_ok() {
            written = flood.write_all(&replies);
        }
    });
    while bus.handle.counters().frames_in < 10_000 {
        tokio::task::yield_now().await;
    }
    bus.assert_alive().await;
    bus.end().await;
    flooding.join().expect("the broker closed the connection");
}
