//! Events from the bus into the store, and from there to the judge. A publisher has its receipt
//! when its batch is on disk.
//!
//! Invariant: what was acknowledged is judged, even if the agent dies between the two: the store
//! remembers up to which segment everything was judged.

use std::sync::Arc;

use daemoneye_bus::broker::Delivery;
use daemoneye_bus::event::Batch;
use daemoneye_bus::message::{Payload, Receipt, SourceBatch};
use daemoneye_store::{CommitError, Gap, ReadError, SegmentId, Segments, Store};
use tokio::sync::{mpsc, oneshot};

use crate::alert;
use crate::clock;
use crate::health::Health;
use crate::judging::Judging;
use crate::writer::{Writer, Written};

/// Deliveries that are written together at most.
const GROUP: usize = 32;
/// The health key of the store.
const STORE: &str = "store";

/// Takes events in.
pub struct Intake {
    writer: Writer,
    judging: Judging,
    store: Arc<Store>,
    health: Arc<Health>,
    /// The last segment that the judge was given.
    last: SegmentId,
}

/// A batch that is being written.
struct Kept {
    source: String,
    number: u64,
    batch: Arc<Batch>,
}

impl Kept {
    fn of(SourceBatch { source, number, batch, .. }: &SourceBatch) -> Self {
        Kept { source: source.clone(), number: *number, batch: Arc::new(batch.clone()) }
    }
}

type Receipts = Vec<oneshot::Sender<Receipt>>;

impl Intake {
    /// What was committed but not judged when the agent last ended is judged first.
    pub async fn open(
        writer: Writer,
        judging: Judging,
        store: Arc<Store>,
        health: Arc<Health>,
    ) -> Self {
        let mut intake = Intake { writer, judging, store, health, last: SegmentId(0) };
        let unjudged = intake.store.unjudged();
        intake.judge_stored(unjudged, "by the last run").await;
        if let Ok(Some(Ok((newest, ..)))) = intake.store.segments(.., true).map(|mut s| s.next()) {
            intake.last = intake.last.max(newest);
        }
        intake
    }

    /// Takes events in until the broker is gone.
    pub async fn run(mut self, mut deliveries: mpsc::Receiver<Delivery>) {
        let mut group = Vec::with_capacity(GROUP);
        while deliveries.recv_many(&mut group, GROUP).await > 0 {
            let (batches, receipts) = self.sort(group.drain(..));
            if batches.is_empty() {
                continue;
            }
            let kept = batches.iter().map(Kept::of).collect();
            match self.writer.batches(batches).await {
                Some(Ok(written)) => self.accept(kept, receipts, written).await,
                Some(Err(error)) => self.refuse(receipts, &error),
                None => break,
            }
        }
    }

    /// Events, and who waits for them. Anything else on the topic is refused at once.
    fn sort(&self, group: impl Iterator<Item = Delivery>) -> (Vec<SourceBatch>, Receipts) {
        let mut sorted = (Vec::new(), Vec::new());
        for Delivery { client, topic, payload, receipt } in group {
            if let Payload::Events(batch) = payload {
                self.health.count_events(|events| {
                    events.received += batch.batch.rows() as u64;
                    events.lost += batch.lost;
                });
                sorted.0.push(batch);
                sorted.1.push(receipt);
            } else {
                tracing::warn!(client, topic, "published something that is no events");
                let _publisher_is_gone = receipt.send(Receipt::Refused("no events".to_owned()));
            }
        }
        sorted
    }

    async fn accept(&mut self, batches: Vec<Kept>, receipts: Receipts, written: Written) {
        self.health.recover(STORE);
        for receipt in receipts {
            let _publisher_is_gone = receipt.send(Receipt::Done);
        }
        for gap in &written.gaps {
            self.tell(gap, &batches).await;
        }
        for (Kept { batch, .. }, segment) in batches.into_iter().zip(written.segments) {
            let rows = batch.rows() as u64;
            match segment {
                Some(segment) => {
                    self.judge_between(segment).await;
                    self.health.count_events(|events| events.stored += rows);
                    self.judging.judge(segment, batch).await;
                    self.last = segment;
                }
                None => self.health.count_events(|events| events.duplicates += rows),
            }
        }
    }

    /// What never came is an alert: whoever can make a sensor lose events may have done so.
    async fn tell(&self, gap: &Gap, batches: &[Kept]) {
        let (missing, source) = (gap.missing(), &gap.source);
        let sentence = format!("{missing} batches of events of {source} never came");
        self.health.degrade("gaps", sentence);
        let is_after = |kept: &&Kept| kept.source == *source && kept.number == gap.to;
        if let Some(after) = batches.iter().find(is_after) {
            self.judging.raise(alert::gap(gap, &after.batch, clock::now())).await;
        }
    }

    /// Segments count up by one: what lies between the last one and this one was written by a commit
    /// that failed after all, at its last flush. It was sent again, was a repeat, and nobody has
    /// judged it.
    async fn judge_between(&mut self, next: SegmentId) {
        let first = SegmentId(self.last.0 + 1);
        if first < next {
            let between = self.store.segments(first..next, false);
            self.judge_stored(between, "by a commit that failed").await;
        }
    }

    async fn judge_stored(&mut self, segments: Result<Segments, ReadError>, whose: &str) {
        let segments = match segments {
            Ok(segments) => segments,
            Err(error) => return self.health.degrade("unjudged", format!("store: {error}")),
        };
        for segment in segments {
            match segment {
                Ok((segment, _, batch)) => {
                    tracing::info!(segment = segment.0, "judging what was left behind {whose}");
                    self.judging.judge(segment, Arc::new(batch)).await;
                    self.last = segment;
                }
                Err(error) => self.health.degrade("unjudged", format!("not judged: {error}")),
            }
        }
    }

    /// Nobody loses anything: publishers keep what has no receipt and send it again.
    fn refuse(&self, receipts: Receipts, error: &CommitError) {
        let why = format!("store: {error}; collectors keep their events and try again");
        self.health.degrade(STORE, why);
        for receipt in receipts {
            let _publisher_is_gone = receipt.send(Receipt::Busy(error.to_string()));
        }
    }
}
