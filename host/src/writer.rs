//! The only room that writes to the store. Whatever waits goes into one transaction, so that many
//! small writes cost one flush to disk.

use std::sync::Arc;
use std::thread::JoinHandle;

use daemoneye_bus::message::SourceBatch;
use daemoneye_store::{
    Commit, CommitError, Committed, Gap, Keep, NewAct, Pruned, SegmentId, Settled, Store,
};
use tokio::sync::{mpsc, oneshot};

/// Batches in one transaction at most: bounds what a crash repeats and how long a reader waits.
const MAX_BATCHES: usize = 64;
/// Orders that may wait.
const QUEUE: usize = 256;

/// What is to be done, and who waits for it.
enum Work {
    Write(Order),
    Prune(Keep, oneshot::Sender<Result<Pruned, CommitError>>),
}

/// Something to be written.
struct Order {
    part: Commit,
    done: oneshot::Sender<Outcome>,
}

/// What was written for one order, or why nothing was.
pub type Outcome = Result<Written, Arc<CommitError>>;

/// What was written for one order.
#[derive(Debug, Default)]
pub struct Written {
    /// For each batch its segment, or nothing if it was a repeat.
    pub segments: Vec<Option<SegmentId>>,
    /// Batches that never came before those of the order.
    pub gaps: Vec<Gap>,
    /// For each of the settled, whether there was such a thing to settle.
    pub settled: Vec<bool>,
    /// For each act, whether things were still as it expects; else nothing of it is written.
    pub acted: Vec<bool>,
}

/// Where to send orders.
#[derive(Clone)]
pub struct Writer(mpsc::Sender<Work>);

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
        let part = Commit { batches, ..Commit::default() };
        self.0.send(Work::Write(Order { part, done })).await.ok()?;
        outcome.await.ok()
    }

    /// Commits what judging has found, and how far it is. For threads that may wait.
    pub fn judged(&self, found: Commit) -> Option<Outcome> {
        self.wait_for(found)
    }

    /// Commits what operators did. For threads that may wait.
    pub fn act(&self, acts: Vec<NewAct>) -> Option<Outcome> {
        self.wait_for(Commit { acts, ..Commit::default() })
    }

    /// Commits what became of what sinks were owed. For threads that may wait.
    pub fn settle(&self, settled: Vec<Settled>) -> Option<Outcome> {
        self.wait_for(Commit { settled, ..Commit::default() })
    }

    /// Removes some of what is not kept any more; nothing if the room has ended.
    pub async fn prune(&self, keep: Keep) -> Option<Result<Pruned, CommitError>> {
        let (done, outcome) = oneshot::channel();
        self.0.send(Work::Prune(keep, done)).await.ok()?;
        outcome.await.ok()
    }

    fn wait_for(&self, part: Commit) -> Option<Outcome> {
        let (done, outcome) = oneshot::channel();
        self.0.blocking_send(Work::Write(Order { part, done })).ok()?;
        outcome.blocking_recv().ok()
    }
}

fn write(store: &Store, mut works: mpsc::Receiver<Work>) {
    while let Some(work) = works.blocking_recv() {
        let mut next = Some(work);
        while let Some(work) = next.take() {
            match work {
                Work::Write(first) => {
                    let (group, other) = gather(first, &mut works);
                    commit(store, group);
                    next = other;
                }
                Work::Prune(keep, done) => {
                    let _asker_is_gone = done.send(store.prune(&keep));
                }
            }
        }
    }
}

/// What waits to be written, and the first thing after it that is something else.
fn gather(first: Order, works: &mut mpsc::Receiver<Work>) -> (Vec<Order>, Option<Work>) {
    let mut group = vec![first];
    while group.iter().map(|order| order.part.batches.len()).sum::<usize>() < MAX_BATCHES {
        match works.try_recv() {
            Ok(Work::Write(order)) => group.push(order),
            Ok(other) => return (group, Some(other)),
            Err(_) => break,
        }
    }
    (group, None)
}

/// How much of a transaction belongs to an order.
struct Share {
    batches: usize,
    settled: usize,
    acts: usize,
}

impl Share {
    fn of(part: &Commit) -> Self {
        Share { batches: part.batches.len(), settled: part.settled.len(), acts: part.acts.len() }
    }
}

/// One transaction for all orders; each is told what became of its part.
fn commit(store: &Store, mut group: Vec<Order>) {
    let shares: Vec<_> = group.iter().map(|order| Share::of(&order.part)).collect();
    let mut all = Commit::default();
    for Order { part, .. } in &mut group {
        all.batches.append(&mut part.batches);
        all.alerts.append(&mut part.alerts);
        all.settled.append(&mut part.settled);
        all.excepted.append(&mut part.excepted);
        all.repeats.append(&mut part.repeats);
        all.hits.append(&mut part.hits);
        all.acts.append(&mut part.acts);
        all.judged = all.judged.max(part.judged);
    }
    match store.commit(&all) {
        Ok(committed) => tell(group, shares, committed),
        Err(error) => {
            let error = Arc::new(error);
            for order in group {
                let _asker_is_gone = order.done.send(Err(error.clone()));
            }
        }
    }
}

fn tell(group: Vec<Order>, shares: Vec<Share>, committed: Committed) {
    let mut gaps = committed.gaps;
    let mut segments = committed.segments.into_iter();
    let mut settled = committed.settled.into_iter();
    let mut acted = committed.acted.into_iter();
    for (order, share) in group.into_iter().zip(shares) {
        let segments = segments.by_ref().take(share.batches).collect();
        let settled = settled.by_ref().take(share.settled).collect();
        let acted = acted.by_ref().take(share.acts).collect();
        // Intake waits for each of its orders: never are there two with batches in a group.
        let gaps = if share.batches > 0 { std::mem::take(&mut gaps) } else { Vec::new() };
        let _asker_is_gone = order.done.send(Ok(Written { segments, gaps, settled, acted }));
    }
}
