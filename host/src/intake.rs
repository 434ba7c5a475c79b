//! Events from the bus into the store, and from there to the judge. A publisher has its receipt
//! when its batch is on disk.
//!
//! Invariant: what was acknowledged is judged, even if the agent dies between the two: the store
//! remembers up to which segment everything was judged.

use std::sync::Arc;

use daemoneye_bus::broker::Delivery;
use daemoneye_bus::event::Batch;
use daemoneye_bus::message::{Payload, Receipt, SourceBatch};
use daemoneye_store::{CommitError, Store};
use tokio::sync::{mpsc, oneshot};

use crate::health::Health;
use crate::judging::Judging;
use crate::writer::{Writer, Written};

/// Deliveries that are written together at most.
const GROUP: usize = 32;
/// The health key of the store.
const STORE: &str = "store";

/// Takes events in until the broker is gone.
pub async fn run(
    mut deliveries: mpsc::Receiver<Delivery>,
    writer: Writer,
    judging: Judging,
    health: Arc<Health>,
) {
    let mut group = Vec::with_capacity(GROUP);
    while deliveries.recv_many(&mut group, GROUP).await > 0 {
        let (batches, receipts) = sort(group.drain(..), &health);
        if batches.is_empty() {
            continue;
        }
        let kept: Vec<Arc<Batch>> = batches.iter().map(|b| Arc::new(b.batch.clone())).collect();
        match writer.batches(batches).await {
            Some(Ok(written)) => accept(kept, receipts, written, &judging, &health).await,
            Some(Err(error)) => refuse(receipts, &error, &health),
            None => break,
        }
    }
}

type Receipts = Vec<oneshot::Sender<Receipt>>;

/// Events, and who waits for them. Anything else on the topic is refused at once.
fn sort(group: impl Iterator<Item = Delivery>, health: &Health) -> (Vec<SourceBatch>, Receipts) {
    let mut sorted = (Vec::new(), Vec::new());
    for delivery in group {
        let Delivery { client, topic, payload, receipt } = delivery;
        match payload {
            Payload::Events(batch) => {
                health.count_events(|events| {
                    events.received += batch.batch.rows() as u64;
                    events.lost += batch.lost;
                });
                sorted.0.push(batch);
                sorted.1.push(receipt);
            }
            _ => {
                tracing::warn!(client, topic, "published something that is no events");
                let _publisher_is_gone = receipt.send(Receipt::Refused("no events".to_owned()));
            }
        }
    }
    sorted
}

async fn accept(
    batches: Vec<Arc<Batch>>,
    receipts: Receipts,
    written: Written,
    judging: &Judging,
    health: &Health,
) {
    health.recover(STORE);
    for receipt in receipts {
        let _publisher_is_gone = receipt.send(Receipt::Done);
    }
    if written.missing > 0 {
        health.degrade("gaps", format!("{} batches of events never came", written.missing));
    }
    for (batch, segment) in batches.into_iter().zip(written.segments) {
        let rows = batch.rows() as u64;
        match segment {
            Some(segment) => {
                health.count_events(|events| events.stored += rows);
                judging.judge(segment, batch).await;
            }
            None => health.count_events(|events| events.duplicates += rows),
        }
    }
}

/// Nobody loses anything: publishers keep what has no receipt and send it again.
fn refuse(receipts: Receipts, error: &CommitError, health: &Health) {
    health.degrade(STORE, format!("store: {error}; collectors keep their events and try again"));
    for receipt in receipts {
        let _publisher_is_gone = receipt.send(Receipt::Busy(error.to_string()));
    }
}

/// What was committed but not judged when the agent last ended is judged first.
pub async fn catch_up(store: &Arc<Store>, judging: &Judging, health: &Health) {
    let unjudged = match store.unjudged() {
        Ok(unjudged) => unjudged,
        Err(error) => return health.degrade("unjudged", format!("store: {error}")),
    };
    for segment in unjudged {
        match segment {
            Ok((segment, _, batch)) => {
                tracing::info!(segment = segment.0, "judging what the last run left behind");
                judging.judge(segment, Arc::new(batch)).await;
            }
            Err(error) => health.degrade("unjudged", format!("not judged: {error}")),
        }
    }
}
