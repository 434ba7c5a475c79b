//! A sensor that sees whatever a test wants, each event an alert of its own.

use std::fs;

use daemoneye_bus::client::Client;
use daemoneye_bus::event::{Batch, Event, Field, Kind};
use daemoneye_bus::message::{Payload, Receipt, SourceBatch};
use daemoneye_tests::Home;
use tokio::runtime::Runtime;

/// Begins the command line of every event, which ends with the event's number.
const MARK: &str = "fed to the agent";
const RULE: &str =
    "SELECT command_line FROM process_starts WHERE command_line LIKE 'fed to the %'\n";

/// A home whose agent makes every event of a feed an alert, and nothing else, with more
/// configuration.
pub(super) fn home(more: &str) -> Home {
    let home = Home::new();
    fs::remove_dir_all(home.path("packs")).expect("removed");
    fs::create_dir_all(home.path("packs")).expect("a folder");
    fs::create_dir_all(home.path("data/rules")).expect("a folder");
    fs::write(home.path("data/rules/fed.sql"), RULE).expect("written");
    configure(&home, more);
    home
}

/// Configures the agent anew.
pub(super) fn configure(home: &Home, more: &str) {
    home.configure(&format!("{more}\n[alerts]\nper_rule_per_minute = 1000000\n"));
}

/// The sensor.
pub(super) struct Feed {
    runtime: Runtime,
    /// Batches that have a number.
    batches: u64,
    events: i64,
    /// The batch that has no receipt yet.
    pending: Option<SourceBatch>,
    /// Events that have a receipt.
    acknowledged: i64,
}

impl Feed {
    pub(super) fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        Feed { runtime, batches: 0, events: 0, pending: None, acknowledged: 0 }
    }

    /// Publishes so many events, after those that have no receipt. Whether the agent has them.
    pub(super) fn publish(&mut self, home: &Home, events: i64) -> bool {
        let kept = self.pending.take();
        kept.is_none_or(|batch| self.send(home, batch)) && {
            let batch = self.batch(events);
            self.send(home, batch)
        }
    }

    /// The command lines of the events that have a receipt.
    pub(super) fn acknowledged(&self) -> impl Iterator<Item = String> {
        (1..=self.acknowledged).map(|number| format!("{MARK} {number}"))
    }

    fn batch(&mut self, events: i64) -> SourceBatch {
        let event = |number: i64| {
            Event::new(Kind::Exec, 1_000_000 + number)
                .with(Field::Sequence, number)
                .with(Field::ProcessKey, format!("fed:{number}"))
                .with(Field::CommandLine, format!("{MARK} {number}"))
        };
        let events: Vec<Event> = (self.events + 1..=self.events + events).map(event).collect();
        self.events += i64::try_from(events.len()).expect("few");
        self.batches += 1;
        let batch = Batch::from_events(&events).expect("events");
        SourceBatch { source: "feed:1".to_owned(), number: self.batches, lost: 0, batch }
    }

    fn send(&mut self, home: &Home, batch: SourceBatch) -> bool {
        let events = i64::try_from(batch.batch.rows()).expect("few");
        let payload = Payload::Events(batch.clone());
        let socket = home.socket();
        let done = self.runtime.block_on(async move {
            let Ok(client) = Client::connect(&socket, "feed").await else { return false };
            matches!(client.publish("events.process.exec", payload).await, Ok(Receipt::Done))
        });
        if done {
            self.acknowledged += events;
        } else {
            self.pending = Some(batch);
        }
        done
    }
}
