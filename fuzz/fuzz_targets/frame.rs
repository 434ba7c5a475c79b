//! What a peer may send: as a stream of frames, and as the payload of one.
#![no_main]

use std::sync::LazyLock;

use daemoneye_bus::event::{Batch, from_json, to_json};
use daemoneye_bus::frame::{FrameReader, HEADER_BYTES, Header, encode};
use daemoneye_bus::message::{ClientMessage, Payload, ServerMessage};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime"));

fuzz_target!(|data: &[u8]| {
    let Some((way, data)) = data.split_first() else { return };
    match way % 3 {
        0 => stream(data),
        1 => payload(data),
        _ => answer(data),
    }
});

fn stream(data: &[u8]) {
    RUNTIME.block_on(async {
        let mut reader = FrameReader::new(data);
        while let Ok(Some(message)) = reader.next::<ClientMessage>().await {
            again(&message);
        }
    });
}

fn payload(data: &[u8]) {
    let header = Header::of(data).expect("short");
    if let Ok(message) = header.message::<ClientMessage>(data) {
        again(&message);
    }
}

fn answer(data: &[u8]) {
    let header = Header::of(data).expect("short");
    if let Ok(message) = header.message::<ServerMessage>(data) {
        let frame = encode(&message).expect("it came in a frame");
        let read: ServerMessage = read(&frame);
        assert_eq!(encode(&read).expect("the same"), frame);
    }
}

/// What was read is written and read again as the same bytes: not all numbers equal themselves.
fn again(message: &ClientMessage) {
    let frame = encode(message).expect("it came in a frame");
    let read: ClientMessage = read(&frame);
    assert_eq!(encode(&read).expect("the same"), frame);
    if let ClientMessage::Publish { payload: Payload::Events(events), .. } = message {
        look(&events.batch);
    }
}

fn read<T: serde::de::DeserializeOwned>(frame: &[u8]) -> T {
    let (header, payload) = frame.split_first_chunk::<HEADER_BYTES>().expect("a header");
    Header::decode(*header).expect("our own").message(payload).expect("our own")
}

/// A batch is valid: whatever is asked of it has an answer.
fn look(batch: &Batch) {
    for event in batch.events() {
        let text = Value::Object(to_json(&event)).to_string();
        from_json(&text).expect("what an event tells is an event");
    }
}
