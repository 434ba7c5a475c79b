//! Promise: the bus moves far more acknowledged events per second than a busy host makes, and
//! little of what a bare socket could do is lost on the way.
//!
//! Two processes: this one is the agent's side, the same program started again is the sensor's.
//! The peer in the same run is a bare Unix socket that carries the same number of bytes and
//! answers each batch with eight.
#![expect(clippy::print_stdout, reason = "a bench reports there, and so does its other process")]

use std::collections::VecDeque;
use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use daemoneye_benches::batch;
use daemoneye_bus::broker::{Broker, BrokerConfig};
use daemoneye_bus::client::Client;
use daemoneye_bus::event::MAX_ROWS;
use daemoneye_bus::frame::encode;
use daemoneye_bus::message::{ClientMessage, Payload, Receipt, SourceBatch};
use tokio::runtime::Runtime;
use tokio::sync::watch;

const ROLE: &str = "DAEMONEYE_BENCH_ROLE";
const SOCKET: &str = "DAEMONEYE_BENCH_SOCKET";
/// Batches that are sent before the first must be acknowledged, on both sides of the comparison.
const IN_FLIGHT: usize = 8;
/// The ratio is that of the medians of so many rounds, taken in turn.
const ROUNDS: usize = 9;
const ROUND_BATCHES: u64 = 2_000;

fn main() {
    match (env::var(ROLE).as_deref(), env::var_os(SOCKET)) {
        (Ok("bus"), Some(socket)) => sensor(Path::new(&socket)),
        (Ok("raw"), Some(socket)) => raw_sensor(Path::new(&socket)),
        _ => compare(),
    }
}

fn compare() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let runtime = Runtime::new().expect("a runtime");
    let (_stop, stopped) = watch::channel(false);
    let (bus, raw) = (directory.path().join("bus/sock"), directory.path().join("raw.sock"));
    agent(&runtime, &bus, stopped);
    raw_agent(&raw);
    let mut bus = Sensor::start("bus", &bus);
    let mut raw = Sensor::start("raw", &raw);

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("bus");
    group.throughput(Throughput::Elements(MAX_ROWS as u64)).sample_size(20);
    group.bench_function("acknowledged batch", |b| b.iter_custom(|n| bus.send(n)));
    group.bench_function("raw socket", |b| b.iter_custom(|n| raw.send(n)));
    group.finish();
    criterion.final_summary();
    if !env::args().any(|argument| argument == "--test") {
        ratio(&mut bus, &mut raw);
    }
}

fn ratio(bus: &mut Sensor, raw: &mut Sensor) {
    let mut rounds: Vec<[Duration; 2]> = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push([bus.send(ROUND_BATCHES), raw.send(ROUND_BATCHES)]);
    }
    let rate = |which: usize| {
        let mut times: Vec<Duration> = rounds.iter().map(|round| round[which]).collect();
        times.sort();
        (ROUND_BATCHES * MAX_ROWS as u64) as f64 / times[ROUNDS / 2].as_secs_f64()
    };
    println!("bus: {:.0} acknowledged events/s", rate(0));
    println!("raw socket: {:.0} events/s in as many bytes", rate(1));
    println!("ratio: bus / raw socket = {:.2}", rate(0) / rate(1));
}

/// The other process. It is told how many batches to send, and tells how long that took.
struct Sensor {
    process: Child,
    orders: ChildStdin,
    reports: BufReader<ChildStdout>,
}

impl Sensor {
    fn start(role: &str, socket: &Path) -> Self {
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.env(ROLE, role).env(SOCKET, socket).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("started");
        let orders = process.stdin.take().expect("piped");
        let reports = BufReader::new(process.stdout.take().expect("piped"));
        Sensor { process, orders, reports }
    }

    fn send(&mut self, batches: u64) -> Duration {
        writeln!(self.orders, "{batches}").expect("the sensor lives");
        let mut report = String::new();
        self.reports.read_line(&mut report).expect("the sensor lives");
        Duration::from_nanos(report.trim().parse().expect("nanoseconds"))
    }
}

impl Drop for Sensor {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Follows the orders of the other process until it ends.
fn obey(mut send: impl FnMut(u64) -> Duration) {
    for order in std::io::stdin().lines() {
        let batches = order.expect("text").parse().expect("a number");
        println!("{}", send(batches).as_nanos());
    }
}

fn payload(number: u64) -> Payload {
    Payload::Events(SourceBatch {
        source: "procmond:bench".to_owned(),
        number,
        lost: 0,
        batch: batch(0, MAX_ROWS),
    })
}

/// Takes in every batch and acknowledges it at once.
fn agent(runtime: &Runtime, socket: &Path, stopped: watch::Receiver<bool>) {
    let _context = runtime.enter();
    let base = socket.ancestors().nth(2).expect("our own directory");
    let allowed_uids = vec![base.metadata().expect("there").uid()];
    let config = BrokerConfig {
        socket: socket.to_owned(),
        allowed_uids,
        max_clients: 2,
        queue: 64,
        rate: None,
    };
    let broker = Broker::bind(config).expect("a free socket");
    let mut intake = broker.handle().intake("events.#", 16).expect("a pattern");
    tokio::spawn(broker.run(stopped));
    tokio::spawn(async move {
        while let Some(delivery) = intake.recv().await {
            let Payload::Events(events) = &delivery.payload else { panic!("no events") };
            assert_eq!(events.batch.rows(), MAX_ROWS);
            let _ = delivery.receipt.send(Receipt::Done);
        }
    });
}

fn sensor(socket: &Path) {
    let runtime = Runtime::new().expect("a runtime");
    let client = runtime.block_on(Client::connect(socket, "sensor")).expect("connected");
    let payload = payload(1);
    obey(|batches| {
        let start = Instant::now();
        runtime.block_on(publish(&client, &payload, batches));
        start.elapsed()
    });
}

async fn publish(client: &Client, payload: &Payload, batches: u64) {
    let mut in_flight = VecDeque::with_capacity(IN_FLIGHT);
    for _ in 0..batches {
        if in_flight.len() == IN_FLIGHT {
            acknowledged(in_flight.pop_front()).await;
        }
        let sent = client.send("events.process.exec", payload.clone()).await;
        in_flight.push_back(sent.expect("open"));
    }
    while let Some(sent) = in_flight.pop_front() {
        acknowledged(Some(sent)).await;
    }
}

async fn acknowledged(sent: Option<daemoneye_bus::client::InFlight>) {
    let receipt = sent.expect("in flight").receipt().await;
    assert_eq!(receipt.expect("open"), Receipt::Done);
}

/// The same number of bytes as the bus's frame of a batch.
fn raw_bytes() -> Vec<u8> {
    let topic = "events.process.exec".to_owned();
    encode(&ClientMessage::Publish { id: 1, topic, payload: payload(1) }).expect("small")
}

fn raw_agent(socket: &Path) {
    let listener = UnixListener::bind(socket).expect("a free socket");
    let mut bytes = raw_bytes();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a peer");
        while stream.read_exact(&mut bytes).is_ok() && stream.write_all(&[0; 8]).is_ok() {}
    });
}

fn raw_sensor(socket: &Path) {
    let mut stream = UnixStream::connect(socket).expect("connected");
    let bytes = raw_bytes();
    obey(|batches| {
        let start = Instant::now();
        for sent in 0..batches {
            if sent >= IN_FLIGHT as u64 {
                stream.read_exact(&mut [0; 8]).expect("open");
            }
            stream.write_all(&bytes).expect("open");
        }
        for _ in 0..batches.min(IN_FLIGHT as u64) {
            stream.read_exact(&mut [0; 8]).expect("open");
        }
        start.elapsed()
    });
}
