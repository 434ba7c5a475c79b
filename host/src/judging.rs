//! The thread that owns the sandbox with the rules: batches in, alerts out to store and sinks.

mod blindness;
mod firings;
mod reminders;
mod unevaluated;
mod unrecorded;
mod work;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use daemoneye_bus::alert::Alert;
use daemoneye_bus::control::{RuleDetail, RuleStatus};
use daemoneye_bus::event::Batch;
use daemoneye_store::{NewAlert, SegmentId};
use tokio::sync::{mpsc, oneshot};

use crate::acts::Acts;
use crate::alert::AlertDesk;
use crate::delivery::Delivery;
use crate::exceptions::Exceptions;
use crate::health::Health;
use crate::judge::Judge;
use crate::plugin::{FuelRate, ReleaseError};
use crate::shadow::{Shade, Shadow};
use crate::writer::Writer;
use work::Work;

/// Batches that may wait; when they do, intake waits, and with it the collectors.
const QUEUE: usize = 256;
/// Looks at which packs should be looked at again: a new day is noticed so late.
const BETWEEN_REMINDERS: Duration = Duration::from_secs(60);

enum Order {
    Judge(SegmentId, Arc<Batch>),
    Replace(Box<Replacement>, oneshot::Sender<()>),
    Remind,
    Raise(Box<Alert>),
    Report(oneshot::Sender<Vec<RuleStatus>>),
    Detail(String, oneshot::Sender<Option<RuleDetail>>),
    Release(String, oneshot::Sender<Result<RuleStatus, ReleaseError>>),
}

/// What takes over between two batches.
#[derive(Default)]
pub struct Replacement {
    /// For everything; nothing if the rules stay as they are.
    pub judge: Option<Judge>,
    /// For what is compared with it; nothing if that stays as it is.
    pub shades: Option<Vec<Shade>>,
}

/// The judge's thread has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the judge has ended")]
pub struct Ended;

/// Where to send batches.
#[derive(Clone)]
pub struct Judging(mpsc::Sender<Order>);

impl Judging {
    /// Starts the thread. It ends when every `Judging` is gone and the queue is empty.
    ///
    /// # Errors
    /// If the operating system gives no thread.
    pub fn spawn(room: JudgingRoom) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (sender, orders) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new().name("judge".to_owned());
        let thread = thread.spawn(move || Work::new(room).run(orders))?;
        Ok((Judging(sender), thread))
    }

    /// Queues a batch; waits while the queue is full.
    pub async fn judge(&self, segment: SegmentId, batch: Arc<Batch>) {
        if self.0.send(Order::Judge(segment, batch)).await.is_err() {
            tracing::error!(?segment, "the judge is gone; the segment is judged at the next start");
        }
    }

    /// Another judge for all batches that are queued from now on: between two batches, so that each
    /// event has one judge. Returns when it is so.
    ///
    /// # Errors
    /// If the thread has ended.
    pub async fn replace(&self, replacement: Replacement) -> Result<(), Ended> {
        self.ask(|asker| Order::Replace(Box::new(replacement), asker)).await
    }

    /// Reminds of packs that should be looked at again, now and from time to time, for ever.
    pub async fn keep_reminding(self) {
        let mut time = tokio::time::interval(BETWEEN_REMINDERS);
        loop {
            time.tick().await;
            if self.0.send(Order::Remind).await.is_err() {
                return;
            }
        }
    }

    /// An alert that the agent itself has found, to be recorded and delivered as those of rules are.
    pub async fn raise(&self, alert: Alert) {
        if self.0.send(Order::Raise(Box::new(alert))).await.is_err() {
            tracing::error!("the judge is gone; an alert of the agent is in its log only");
        }
    }

    /// The account of every rule, after all batches that were queued before.
    ///
    /// # Errors
    /// If the thread has ended.
    pub async fn report(&self) -> Result<Vec<RuleStatus>, Ended> {
        self.ask(Order::Report).await
    }

    /// One rule with its faults, if there is one of this id.
    ///
    /// # Errors
    /// If the thread has ended.
    pub async fn detail(&self, id: String) -> Result<Option<RuleDetail>, Ended> {
        self.ask(|asker| Order::Detail(id, asker)).await
    }

    /// Ends the quarantine of a rule: it sees all batches that are queued from now on.
    ///
    /// # Errors
    /// If the thread has ended; within, if the rule cannot be released.
    pub async fn release(&self, id: String) -> Result<Result<RuleStatus, ReleaseError>, Ended> {
        self.ask(|asker| Order::Release(id, asker)).await
    }

    async fn ask<T>(&self, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Result<T, Ended> {
        let (asker, answer) = oneshot::channel();
        self.0.send(order(asker)).await.map_err(|_| Ended)?;
        answer.await.map_err(|_| Ended)
    }
}

/// What the thread owns.
pub struct JudgingRoom {
    /// The rules.
    pub judge: Judge,
    /// Decides about findings.
    pub desk: AlertDesk,
    /// Records alerts.
    pub writer: Writer,
    /// Delivers alerts.
    pub delivery: Delivery,
    /// Judges beside it.
    pub shadow: Shadow,
    /// What the ledger is to tell.
    pub acts: Acts,
    /// Counts.
    pub health: Arc<Health>,
    /// What operators have excepted.
    pub exceptions: Exceptions,
    /// What fuel is in time here.
    pub fuel_rate: FuelRate,
}

impl JudgingRoom {
    /// An alert of the agent's own, which every sink gets.
    fn owed(&self, alert: Alert) -> NewAlert {
        self.for_sinks(Alert { degraded: Some(self.health.lacks()), ..alert })
    }

    /// An alert that every sink gets.
    fn for_sinks(&self, alert: Alert) -> NewAlert {
        NewAlert { alert, owed_to: self.delivery.sinks() }
    }
}
