//! The thread that owns the sandbox with the rules: batches in, alerts out to store and sinks.

mod unrecorded;

use std::sync::Arc;
use std::thread::JoinHandle;

use daemoneye_bus::control::RuleStatus;
use daemoneye_bus::event::Batch;
use daemoneye_store::{NewAlert, SegmentId};
use tokio::sync::{mpsc, oneshot};

use crate::alert::{AlertDesk, Decision};
use crate::clock;
use crate::delivery::Delivery;
use crate::health::Health;
use crate::judge::{Judge, Unjudged};
use crate::writer::Writer;
use unrecorded::Unrecorded;

/// Batches that may wait; when they do, intake waits, and with it the collectors.
const QUEUE: usize = 256;
/// After so many batches without an alert the store is told how far we are.
const REMEMBER_EVERY: u64 = 256;

enum Order {
    Judge(SegmentId, Arc<Batch>),
    Replace(Box<Judge>),
    Report(oneshot::Sender<Vec<RuleStatus>>),
}

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
        let thread = thread.spawn(move || room.run(orders))?;
        Ok((Judging(sender), thread))
    }

    /// Queues a batch; waits while the queue is full.
    pub async fn judge(&self, segment: SegmentId, batch: Arc<Batch>) {
        if self.0.send(Order::Judge(segment, batch)).await.is_err() {
            tracing::error!(?segment, "the judge is gone; the segment is judged at the next start");
        }
    }

    /// Another judge for all batches that are queued from now on: between two batches, so that each
    /// event has one judge.
    pub async fn replace(&self, judge: Judge) {
        if self.0.send(Order::Replace(Box::new(judge))).await.is_err() {
            tracing::error!("the judge is gone; the new rules are in force at the next start");
        }
    }

    /// The account of every rule, after all batches that were queued before.
    pub async fn report(&self) -> Option<Vec<RuleStatus>> {
        let (sender, report) = oneshot::channel();
        self.0.send(Order::Report(sender)).await.ok()?;
        report.await.ok()
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
    /// Counts.
    pub health: Arc<Health>,
}

impl JudgingRoom {
    fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut since = 0;
        let mut last = None;
        let mut unrecorded = Unrecorded::default();
        while let Some(order) = orders.blocking_recv() {
            match order {
                Order::Replace(judge) => self.replace(*judge),
                Order::Report(asker) => {
                    let _asker_is_gone = asker.send(self.judge.report());
                }
                Order::Judge(segment, batch) => {
                    unrecorded.extend(self.judge(&batch));
                    last = Some(segment);
                    since += 1;
                    let due = !unrecorded.is_empty() || since >= REMEMBER_EVERY;
                    if due && unrecorded.record(&self, segment) {
                        since = 0;
                    }
                }
            }
        }
        if let (Some(segment), 1..) = (last, since) {
            unrecorded.record(&self, segment);
        }
    }

    fn replace(&mut self, mut judge: Judge) {
        judge.inherit(&self.judge);
        let before = std::mem::replace(&mut self.judge, judge);
        for rule in before.quarantined() {
            if !self.judge.quarantined().any(|still| still == rule) {
                self.health.recover(&format!("rule {rule}"));
            }
        }
    }

    /// Alerts of a batch, and who gets them.
    fn judge(&mut self, batch: &Batch) -> Vec<NewAlert> {
        let (found, unjudged) = self.judge.judge(batch);
        self.report_faults(&unjudged);
        let mut alerts = Vec::new();
        for found in &found {
            match self.desk.decide(found, batch, clock::now()) {
                Decision::Deliver(alert) => {
                    alerts.push(NewAlert { alert, owed_to: self.delivery.sinks() });
                }
                Decision::RecordOnly(alert) => {
                    self.health.count_alerts(|counts| counts.limited += 1);
                    alerts.push(NewAlert::from(alert));
                }
                Decision::Repeat => self.health.count_alerts(|counts| counts.repeats += 1),
            }
        }
        self.health.count_alerts(|counts| counts.findings += found.len() as u64);
        self.health.count_events(|events| events.judged += batch.rows() as u64);
        alerts
    }

    fn report_faults(&self, unjudged: &[Unjudged]) {
        for Unjudged { rule, fault, rows } in unjudged {
            let rule = rule.as_deref().unwrap_or("every rule");
            tracing::error!(rule, rows = rows.len(), "not judged: {fault}");
        }
        if unjudged.is_empty() {
            return;
        }
        for rule in self.judge.quarantined() {
            let key = format!("rule {rule}");
            self.health.degrade(&key, format!("rule {rule} is in quarantine and sees nothing"));
        }
    }
}
