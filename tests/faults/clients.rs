//! Programs on the bus that lie, wait, flood and do not listen: they hurt themselves alone.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use daemoneye_bus::client::Client;
use daemoneye_bus::frame::{HEADER_BYTES, Header, MAX_FRAME_BYTES, encode};
use daemoneye_bus::message::{ClientMessage, PROTOCOL, Payload, Receipt, ServerMessage};
use daemoneye_tests::{Agent, Home, Impostor};
use serde_json::Value as Json;
use tokio::runtime::Runtime;

use super::{is_degraded_by, publish};

const RULE: &str = "kernel-thread-name";
/// Within which a batch of somebody else has its receipt, on a disk that others use, too.
const AT_ONCE: Duration = Duration::from_secs(10);

fn frame(message: &ClientMessage) -> Vec<u8> {
    encode(message).expect("a small message")
}

fn hello(client: &str) -> Vec<u8> {
    frame(&ClientMessage::Hello { protocol: PROTOCOL, client: client.to_owned() })
}

fn noise() -> Vec<u8> {
    let topic = "noise.of.clients".to_owned();
    frame(&ClientMessage::Publish { id: 1, topic, payload: Payload::Empty })
}

/// A header that promises so many bytes.
fn header(length: usize) -> Vec<u8> {
    let mut bytes = u32::try_from(length).expect("32 bits").to_le_bytes().to_vec();
    bytes.resize(HEADER_BYTES, 0);
    bytes
}

fn damaged() -> Vec<u8> {
    let mut frame = noise();
    frame[HEADER_BYTES] ^= 1;
    frame
}

/// A peer that says what it likes.
struct Peer(UnixStream);

impl Peer {
    fn connect(home: &Home) -> Self {
        let stream = UnixStream::connect(home.socket()).expect("an agent");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket");
        Peer(stream)
    }

    /// One that was welcomed.
    fn greeted(home: &Home, name: &str) -> Self {
        let mut peer = Peer::connect(home);
        peer.say(&hello(name));
        assert_eq!(peer.hear(), Some(ServerMessage::Welcome { protocol: PROTOCOL }));
        peer
    }

    fn say(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).expect("the agent reads");
    }

    /// The next message; nothing if the agent has closed the connection.
    fn hear(&mut self) -> Option<ServerMessage> {
        let mut header = [0; HEADER_BYTES];
        self.0.read_exact(&mut header).ok()?;
        let header = Header::decode(header).expect("a header");
        let mut payload = vec![0; header.length()];
        self.0.read_exact(&mut payload).expect("a whole frame");
        Some(header.message(&payload).expect("a message"))
    }
}

/// What goes over the bus, as operators see it.
fn traffic(agent: &Agent) -> Json {
    agent.ask(&["bus", "status"])
}

/// Of one client.
fn count(traffic: &Json, client: &str, what: &str) -> u64 {
    let mut clients = traffic["clients"].as_array().into_iter().flatten();
    let client = clients.find(|one| one["client"] == client);
    client.and_then(|one| one[what].as_u64()).unwrap_or(0)
}

/// Somebody who keeps to the protocol.
struct Other {
    runtime: Runtime,
    client: Client,
    published: u64,
}

impl Other {
    fn connect(home: &Home) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let client = runtime.block_on(Client::connect(&home.socket(), "other")).expect("an agent");
        Other { runtime, client, published: 0 }
    }

    /// Its events are stored, whoever else is there.
    fn assert_served(&mut self, beside: &str) {
        self.published += 1;
        let publish = publish(&self.client, self.published);
        let receipt = self.runtime.block_on(async { tokio::time::timeout(AT_ONCE, publish).await });
        assert_eq!(receipt.expect("at once"), Receipt::Done, "beside {beside}");
    }
}

/// What it says after its hello, if it has one, and whether it then says that there will be no more.
struct Liar {
    what: &'static str,
    greeted: bool,
    bytes: Vec<u8>,
    ends: bool,
    refusal: &'static str,
}

#[test]
fn who_lies_is_told_dropped_and_counted_and_nobody_else_notices() {
    let liar = |what, greeted, bytes, ends, refusal| Liar { what, greeted, bytes, ends, refusal };
    let web = b"GET / HTTP/1.1\r\n\r\n".to_vec();
    let over = header(MAX_FRAME_BYTES + 1);
    let short = [header(1_000), vec![0; 10]].concat();
    let table = [
        liar("garbage", false, web.clone(), false, "frame of 542393671 bytes"),
        liar("garbage after its hello", true, web, false, "frame of 542393671 bytes"),
        liar("a length over the cap", false, over.clone(), false, "frame of 16777217 bytes"),
        liar("that after its hello", true, over, false, "frame of 16777217 bytes"),
        liar("a length over what follows", false, short.clone(), true, "within a frame"),
        liar("that after its hello", true, short, true, "within a frame"),
        liar("half a header", true, vec![1, 0, 0], true, "within a frame"),
        liar("a changed byte", true, damaged(), false, "checksum"),
        liar("half a hello, and silence", false, vec![9, 0, 0], false, "no hello within 5 seconds"),
    ];
    let home = Home::new();
    let mut agent = Agent::start(&home);
    let mut other = Other::connect(&home);
    for (number, Liar { what, greeted, bytes, ends, refusal }) in (1..).zip(table) {
        let mut peer = if greeted { Peer::greeted(&home, "liar") } else { Peer::connect(&home) };
        peer.say(&bytes);
        other.assert_served(what);
        if ends {
            peer.0.shutdown(Shutdown::Write).expect("connected");
        }
        match peer.hear() {
            Some(ServerMessage::Refused { reason }) if reason.contains(refusal) => {}
            heard => panic!("{what}: {heard:?}"),
        }
        assert_eq!(peer.hear(), None, "{what}");
        agent.wait_for_answer(&["bus", "status"], what, |traffic| traffic["refused"] == number);
    }
    let impostor = Impostor::start();
    agent.wait_for_alert("after all of them", impostor.is_in(RULE));
    assert_eq!(count(&traffic(&agent), "liar", "frames_in"), 0, "none is left");
}

/// Says the same again and again and reads what it is told, until the connection ends.
fn flood(home: &Home) -> (UnixStream, [std::thread::JoinHandle<()>; 2]) {
    let peer = Peer::greeted(home, "flood");
    let [mut reader, mut writer] = [(); 2].map(|()| peer.0.try_clone().expect("a descriptor"));
    let reading = std::thread::spawn(move || {
        let mut answers = [0; 64 << 10];
        while matches!(reader.read(&mut answers), Ok(1..)) {}
    });
    let writing = std::thread::spawn(move || {
        let noise = noise().repeat(1_000);
        while writer.write_all(&noise).is_ok() {}
    });
    (peer.0, [reading, writing])
}

#[test]
fn who_waits_floods_or_never_reads_delays_nobody_and_is_counted() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    let mut other = Other::connect(&home);
    let mut waits = Peer::greeted(&home, "waits");
    waits.say(&header(MAX_FRAME_BYTES));
    waits.say(&[1; 100]);
    let mut deaf = Peer::greeted(&home, "deaf");
    deaf.say(&frame(&ClientMessage::Subscribe { id: 1, pattern: "#".to_owned() }));
    let (flooding, threads) = flood(&home);
    agent.wait_for_answer(&["bus", "status"], "shed and limited", |traffic| {
        count(traffic, "deaf", "shed") > 0 && count(traffic, "flood", "limited") > 0
    });
    let impostor = Impostor::start();
    for _ in 0..20 {
        other.assert_served("all of them");
    }
    agent.wait_for_alert("beside all of them", impostor.is_in(RULE));
    let told = traffic(&agent);
    let limits = ["other", "procmond"].map(|client| count(&told, client, "limited"));
    assert_eq!(limits, [0, 0], "only who floods is limited: {told:#}");
    assert_eq!(count(&told, "procmond", "shed"), 0, "{told:#}");
    let status = agent.ask(&["status"]);
    assert!(!is_degraded_by(&status, "never came"), "{status:#}");

    flooding.shutdown(Shutdown::Both).expect("connected");
    threads.into_iter().for_each(|thread| thread.join().expect("it ends"));
    drop((waits, deaf));
    agent.wait_for_answer(&["bus", "status"], "all gone", |traffic| {
        let clients = traffic["clients"].to_string();
        ["waits", "deaf", "flood"].iter().all(|gone| !clients.contains(gone))
    });
}
