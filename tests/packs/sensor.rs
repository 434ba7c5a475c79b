//! Sensors that see what a test wants: one on request, one as fast as the bus takes it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use daemoneye_bus::client::Client;
use daemoneye_bus::event::{Batch, Event};
use daemoneye_bus::message::{Payload, Receipt, SourceBatch};
use daemoneye_tests::Home;
use tokio::runtime::Runtime;

use super::releases::start;

const TOPIC: &str = "events.process.start";
/// Events in one batch of a flow.
const BATCH: i64 = 256;
/// One batch of so many has an attack and a beat.
const RARE: u64 = 8;

/// Tells the agent what a test says.
pub(crate) struct Sensor {
    runtime: Runtime,
    client: Client,
    batches: u64,
}

impl Sensor {
    pub(crate) fn connect(home: &Home) -> Self {
        Sensor::at(&home.socket())
    }

    /// Goes on after so many batches that another has told this home.
    pub(crate) fn after(home: &Home, batches: u64) -> Self {
        Sensor { batches, ..Sensor::connect(home) }
    }

    fn at(socket: &Path) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let client = runtime.block_on(Client::connect(socket, "told")).expect("an agent");
        Sensor { runtime, client, batches: 0 }
    }

    /// Returns when the agent has it on disk.
    pub(crate) fn tell(&mut self, events: &[Event]) {
        self.batches += 1;
        let batch = Batch::from_events(events).expect("events");
        let source = "told:1".to_owned();
        let batch = SourceBatch { source, number: self.batches, lost: 0, batch };
        let published = self.client.publish(TOPIC, Payload::Events(batch));
        assert!(matches!(self.runtime.block_on(published), Ok(Receipt::Done)));
    }
}

/// What a flow told.
pub(crate) struct Told {
    pub(crate) events: u64,
    pub(crate) beats: u64,
    /// Command lines.
    pub(crate) attacks: Vec<String>,
}

/// Tells as fast as the agent takes it, from a thread of its own.
pub(crate) struct Flow {
    end: Arc<AtomicBool>,
    thread: JoinHandle<Told>,
}

impl Flow {
    pub(crate) fn start(home: &Home) -> Self {
        let end = Arc::new(AtomicBool::new(false));
        let (ends, socket) = (end.clone(), home.socket());
        let thread = std::thread::spawn(move || {
            let mut sensor = Sensor::at(&socket);
            let mut told = Told { events: 0, beats: 0, attacks: Vec::new() };
            while !ends.load(Ordering::Relaxed) {
                tell_batch(&mut sensor, &mut told);
            }
            told
        });
        Flow { end, thread }
    }

    /// What it told when the last of it had its receipt.
    pub(crate) fn end(self) -> Told {
        self.end.store(true, Ordering::Relaxed);
        self.thread.join().expect("a flow")
    }
}

fn tell_batch(sensor: &mut Sensor, told: &mut Told) {
    let first = i64::try_from(told.events).expect("few");
    let mut events: Vec<Event> =
        (first..first + BATCH).map(|number| start(number, &format!("harmless {number}"))).collect();
    if sensor.batches.is_multiple_of(RARE) {
        let attack = format!("attack {first}");
        events[7] = start(first + 7, &attack);
        events[99] = start(first + 99, "beat");
        told.attacks.push(attack);
        told.beats += 1;
    }
    sensor.tell(&events);
    told.events += events.len() as u64;
}
