//! The only room that writes to the store. Whatever waits goes into one transaction, so that many
//! small writes cost one flush to disk.

use std::sync::Arc;
use std::thread::JoinHandle;

use daemoneye_bus::alert::Alert;
use daemoneye_bus::message::SourceBatch;
use daemoneye_store::{Commit, CommitError, Gap, SegmentId, Store};
use tokio::sync::{mpsc, oneshot};

/// Batches in one transaction at most: bounds what a crash repeats and how long a reader waits.
const MAX_BATCHES: usize = 64;
/// Orders that may wait.
const QUEUE: usize = 256;

/// Something to be written.
struct Order {
    batches: Vec<SourceBatch>,
    alerts: Vec<Alert>,
    judged: Option<SegmentId>,
    done: oneshot::Sender<Outcome>,
}

/// What was written for one order, or why nothing was.
pub type Outcome = Result<Written, Arc<CommitError>>;

/// What was written for one order.
#[derive(Debug, Default)]
pub struct Written {
    /// For each batch its segment, or nothing if it was a repeat.
    pub segments: Vec<Option<SegmentId>>,
    /// Batches that never came, counted over all gaps.
    pub missing: u64,
}

/// Where to send orders.
#[derive(Clone)]
pub struct Writer(mpsc::Sender<Order>);

impl Writer {
    /// Starts the room. It ends when every `Writer` is gone.
    pub fn spawn(store: Arc<Store>) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (sender, orders) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new().name("writer".to_owned());
        let thread = thread.spawn(move || write(&store, orders))?;
        Ok((Writer(sender), thread))
    }

    /// Commits batches; done when they are on disk.
    pub async fn batches(&self, batches: Vec<SourceBatch>) -> Option<Outcome> {
        let (done, outcome) = oneshot::channel();
        let order = Order { batches, alerts: Vec::new(), judged: None, done };
        self.0.send(order).await.ok()?;
        outcome.await.ok()
    }

    /// Commits alerts, and that everything up to the segment has been judged. For threads that may
    /// wait.
    pub fn judged(&self, alerts: Vec<Alert>, judged: Option<SegmentId>) -> Option<Outcome> {
        let (done, outcome) = oneshot::channel();
        self.0.blocking_send(Order { batches: Vec::new(), alerts, judged, done }).ok()?;
        outcome.blocking_recv().ok()
    }
}

fn write(store: &Store, mut orders: mpsc::Receiver<Order>) {
    while let Some(first) = orders.blocking_recv() {
        let mut group = vec![first];
        while group.iter().map(|order| order.batches.len()).sum::<usize>() < MAX_BATCHES {
            match orders.try_recv() {
                Ok(order) => group.push(order),
                Err(_) => break,
            }
        }
        commit(store, group);
    }
}

/// One transaction for all orders; each is told what became of its part.
fn commit(store: &Store, mut group: Vec<Order>) {
    let sizes: Vec<usize> = group.iter().map(|order| order.batches.len()).collect();
    let commit = Commit {
        batches: group.iter_mut().flat_map(|order| std::mem::take(&mut order.batches)).collect(),
        alerts: group.iter_mut().flat_map(|order| std::mem::take(&mut order.alerts)).collect(),
        judged: group.iter().filter_map(|order| order.judged).max(),
    };
    match store.commit(&commit) {
        Ok(committed) => {
            let mut segments = committed.segments.into_iter();
            let mut missing = committed.gaps.iter().map(Gap::missing).sum();
            for (order, size) in group.into_iter().zip(sizes) {
                let segments = segments.by_ref().take(size).collect();
                // Told once, to whoever comes first: the sum is what counts.
                let written = Written { segments, missing: std::mem::take(&mut missing) };
                let _asker_is_gone = order.done.send(Ok(written));
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for order in group {
                let _asker_is_gone = order.done.send(Err(error.clone()));
            }
        }
    }
}
