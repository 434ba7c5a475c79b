//! Events become batches, one per kind and topic, and are kept until the agent has acknowledged
//! them. One batch is under way at a time: a batch that has to be sent again is never overtaken, and
//! so the agent can tell a repeat from a gap by its number.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use daemoneye_bus::client::Client;
use daemoneye_bus::event::{BatchBuilder, Event, Field, Kind};
use daemoneye_bus::message::{Payload, Receipt, SourceBatch};
use tokio::sync::watch;

use crate::outbox::Inbox;
use crate::sensor::Counters;

/// How long an event may wait for others, so that they travel together.
const COALESCE: Duration = Duration::from_millis(3);
/// Events that are taken from the queue at once.
const TAKE: usize = 4096;
/// Before a batch that the agent could not take is sent again: doubles from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// The order of the batches that are made at the same time: a process is told of before what happens
/// to it, and its end comes last.
const ORDER: [Kind; 9] = [
    Kind::Snapshot,
    Kind::Start,
    Kind::Exec,
    Kind::Modify,
    Kind::Suspicious,
    Kind::Listen,
    Kind::Connect,
    Kind::Accept,
    Kind::Stop,
];

/// Numbers and sends.
pub struct Publisher {
    /// Id of this run of the sensor.
    pub source: String,
    /// What was lost so far.
    pub counters: Arc<Counters>,
    /// Events whose batch was acknowledged.
    pub acknowledged: Arc<AtomicU64>,
    /// The connection of the moment, if there is one.
    pub client: watch::Receiver<Option<Client>>,
}

impl Publisher {
    /// Publishes until no more events come and everything is acknowledged, or until there will be
    /// no connection any more. Returns how many events are left then.
    pub async fn run(mut self, mut events: Inbox) -> u64 {
        let mut numbering = Numbering::default();
        let mut taken = Vec::with_capacity(TAKE);
        loop {
            events.take(&mut taken, TAKE).await;
            if taken.is_empty() {
                return 0;
            }
            if let room @ 1.. = TAKE - taken.len() {
                tokio::time::sleep(COALESCE).await;
                events.take_waiting(&mut taken, room);
            }
            let mut left = taken.len() as u64;
            let lost = self.counters.lost.load(Ordering::Relaxed);
            for (topic, batch) in numbering.batches(&self.source, lost, taken.drain(..)) {
                let rows = batch.batch.rows() as u64;
                if !self.send(&topic, batch).await {
                    return left + events.len() as u64;
                }
                left -= rows;
            }
        }
    }

    /// Sends a batch until it is settled. False if there will be no connection any more.
    async fn send(&mut self, topic: &str, batch: SourceBatch) -> bool {
        let rows = batch.batch.rows() as u64;
        let mut pause = FIRST_PAUSE;
        loop {
            let Some(client) = self.connection().await else { return false };
            match client.publish(topic, Payload::Events(batch.clone())).await {
                Ok(Receipt::Done) => break,
                Ok(Receipt::Refused(why)) => {
                    // The agent will never take it: keeping it would hold up everything behind it.
                    tracing::error!(topic, number = batch.number, "refused: {why}");
                    self.counters.lost.fetch_add(rows, Ordering::Relaxed);
                    return true;
                }
                Ok(Receipt::Busy(why)) => tracing::warn!(topic, number = batch.number, "{why}"),
                Err(error) => tracing::warn!(topic, number = batch.number, "{error}"),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LAST_PAUSE);
        }
        self.acknowledged.fetch_add(rows, Ordering::Relaxed);
        true
    }

    /// The connection, as soon as there is one; nothing when there never will be.
    async fn connection(&mut self) -> Option<Client> {
        let connected = self.client.wait_for(Option::is_some).await.ok()?;
        connected.clone()
    }
}

/// Gives events and batches their numbers.
#[derive(Default)]
struct Numbering {
    events: i64,
    batches: u64,
    lost: u64,
}

impl Numbering {
    /// One batch per kind, or more if there are many, in [`ORDER`].
    fn batches(
        &mut self,
        source: &str,
        lost: u64,
        events: impl Iterator<Item = Event>,
    ) -> VecDeque<(String, SourceBatch)> {
        let mut by_kind = ORDER.map(|_| BatchBuilder::default());
        let mut batches = VecDeque::new();
        for mut event in events {
            self.events += 1;
            event.set(Field::Sequence, self.events);
            let at = position(&event);
            if by_kind[at].is_full() {
                let full = std::mem::take(&mut by_kind[at]);
                batches.extend(self.seal(source, lost, at, full));
            }
            by_kind[at].push(&event);
        }
        for (at, builder) in by_kind.into_iter().enumerate() {
            batches.extend(self.seal(source, lost, at, builder));
        }
        batches
    }

    fn seal(
        &mut self,
        source: &str,
        lost: u64,
        at: usize,
        mut builder: BatchBuilder,
    ) -> Option<(String, SourceBatch)> {
        let batch = builder.finish()?;
        self.batches += 1;
        let since = lost - std::mem::replace(&mut self.lost, lost);
        let topic = ORDER[at].topic();
        let source = source.to_owned();
        Some((topic, SourceBatch { source, number: self.batches, lost: since, batch }))
    }
}

fn position(event: &Event) -> usize {
    let kind = event.text(Field::Kind);
    let known = ORDER.iter().position(|known| Some(known.name()) == kind);
    known.expect("the lifecycle gives every event a kind")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(kinds: &[Kind]) -> Vec<Event> {
        kinds.iter().map(|kind| Event::new(*kind, 1)).collect()
    }

    #[test]
    fn batches_are_numbered_without_gaps_and_told_by_kind() {
        let mut numbering = Numbering::default();
        let first = events(&[Kind::Stop, Kind::Start, Kind::Start]);
        let batches = numbering.batches("s", 3, first.into_iter());
        let told: Vec<_> = batches
            .iter()
            .map(|(topic, batch)| (topic.as_str(), batch.number, batch.lost, batch.batch.rows()))
            .collect();
        assert_eq!(told, [("events.process.start", 1, 3, 2), ("events.process.stop", 2, 0, 1)]);
        let next = numbering.batches("s", 3, events(&[Kind::Exec]).into_iter());
        assert_eq!((next[0].1.number, next[0].1.lost), (3, 0));
        assert_eq!(next[0].1.batch.integer(Field::Sequence, 0), Some(4));
    }

    #[test]
    fn many_events_of_a_kind_are_several_batches() {
        let many = events(&[Kind::Exec; 2500]);
        let batches = Numbering::default().batches("s", 0, many.into_iter());
        let rows: Vec<_> = batches.iter().map(|(_, batch)| batch.batch.rows()).collect();
        assert_eq!(rows, [1024, 1024, 452]);
    }
}
