//! What the judge's thread does: one order after the other.

use daemoneye_bus::alert::{Alert, Witness};
use daemoneye_bus::control::{RuleDetail, RuleStatus};
use daemoneye_bus::event::{Batch, Field};
use daemoneye_store::{NewAlert, SegmentId};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

use super::blindness::{Blindness, Change};
use super::firings::Firings;
use super::reminders::Reminders;
use super::unevaluated::Unevaluated;
use super::unrecorded::Unrecorded;
use super::{JudgingRoom, Order, Replacement};
use crate::alert::{self, Decision};
use crate::clock::{self, Moment};
use crate::judge::{Found, Judge, Patience, Unjudged, Why};
use crate::plugin::ReleaseError;

/// After so many batches without an alert the store is told how far we are.
const REMEMBER_EVERY: u64 = 256;
/// So many alerts of a batch carry a witness: a storm of alerts may cost a batch no more than that.
const WITNESSES: usize = 4;

/// How old counts of the rules' memory may be while batches wait. Asking for them costs a call.
const COUNTS_MAY_BE_OLD: Duration = Duration::from_millis(250);

/// The room, and what it remembers from one order to the next.
pub(super) struct Work {
    room: JudgingRoom,
    blindness: Blindness,
    reminders: Reminders,
    unevaluated: Unevaluated,
    unrecorded: Unrecorded,
    firings: Firings,
    /// The last segment that was judged, and how many have been since the store was told.
    last: Option<SegmentId>,
    untold: u64,
    /// When the rules were asked last what they could not remember.
    counted: Instant,
}

impl Work {
    pub(super) fn new(room: JudgingRoom) -> Self {
        Work {
            room,
            blindness: Blindness::default(),
            reminders: Reminders::default(),
            unevaluated: Unevaluated::default(),
            unrecorded: Unrecorded::default(),
            firings: Firings::default(),
            last: None,
            untold: 0,
            counted: Instant::now(),
        }
    }

    pub(super) fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        while let Some(order) = orders.blocking_recv() {
            self.follow(order);
            if orders.is_empty() || self.counted.elapsed() >= COUNTS_MAY_BE_OLD {
                self.count();
            }
        }
        if self.untold > 0 || self.unrecorded.has_counts() {
            self.unrecorded.record(&self.room, self.last);
        }
    }

    /// Whoever asked and has gone needs no answer.
    fn follow(&mut self, order: Order) {
        match order {
            Order::Replace(replacement, asker) => {
                self.replace(*replacement);
                let _asker_is_gone = asker.send(());
            }
            Order::Remind => self.remind(clock::now()),
            Order::Raise(alert) => self.raise(*alert),
            Order::Report(asker) => drop(asker.send(self.report())),
            Order::Detail(id, asker) => drop(asker.send(self.detail(&id))),
            Order::Release(id, asker) => drop(asker.send(self.release(&id))),
            Order::Judge(segment, batch) => {
                let alerts = self.judge(segment, &batch);
                self.unrecorded.extend(alerts);
                self.last = Some(segment);
                self.untold += 1;
                let due = !self.unrecorded.is_empty() || self.untold >= REMEMBER_EVERY;
                if due && self.unrecorded.record(&self.room, self.last) {
                    self.untold = 0;
                }
            }
        }
    }

    fn replace(&mut self, Replacement { judge, shades }: Replacement) {
        judge.into_iter().for_each(|judge| self.change(judge));
        shades.into_iter().for_each(|shades| self.room.shadow.set(shades));
    }

    fn change(&mut self, mut judge: Judge) {
        for fault in judge.inherit(&mut self.room.judge) {
            tracing::error!("what rules remember is lost with a change of rules: {fault}");
        }
        self.room.judge = judge;
        let there = self.room.judge.report();
        self.unevaluated.retain(|rule| there.iter().any(|status| status.id == rule));
        self.firings.retain(|rule| there.iter().any(|status| status.id == rule));
        self.compare();
    }

    /// Raises an alert for each pack whose review is overdue, once a day. Its rules stay active.
    fn remind(&mut self, now: i64) {
        let due = self.reminders.due(&self.room.health.reviews(), now);
        if due.is_empty() {
            return;
        }
        self.room.health.count_alerts(|counts| counts.findings += due.len() as u64);
        let alerts: Vec<_> =
            due.iter().map(|overdue| self.room.owed(alert::overdue(overdue, now))).collect();
        self.record(alerts);
    }

    /// An alert that another room has found.
    fn raise(&mut self, alert: Alert) {
        self.room.health.count_alerts(|counts| counts.findings += 1);
        self.record(vec![self.room.owed(alert)]);
    }

    fn record(&mut self, alerts: Vec<NewAlert>) {
        self.unrecorded.extend(alerts);
        if self.unrecorded.record(&self.room, self.last) {
            self.untold = 0;
        }
    }

    fn count(&mut self) {
        let memory = self.room.judge.memory_counts();
        let known_again = self.room.judge.known_again();
        self.room.health.sandbox(|sandbox| {
            (sandbox.memory, sandbox.known_again) = (memory, known_again);
        });
        self.counted = Instant::now();
        if self.unrecorded.has_counts() && self.unrecorded.record(&self.room, self.last) {
            self.untold = 0;
        }
    }

    fn report(&self) -> Vec<RuleStatus> {
        let rules = self.room.judge.report().into_iter();
        rules.map(|rule| self.in_time(rule)).collect()
    }

    /// Fuel beside the time that it takes here.
    fn in_time(&self, rule: RuleStatus) -> RuleStatus {
        let fuel_us = Some(self.room.fuel_rate.microseconds(rule.fuel));
        RuleStatus { fuel_us, fired: self.firings.of(&rule.id), ..rule }
    }

    fn detail(&self, id: &str) -> Option<RuleDetail> {
        let detail = self.room.judge.detail(id)?;
        let rule = self.in_time(detail.rule);
        Some(RuleDetail { rule, unevaluated: self.unevaluated.of(id), ..detail })
    }

    fn release(&mut self, id: &str) -> Result<RuleStatus, ReleaseError> {
        self.room.judge.release(id)?;
        self.compare();
        tracing::info!("rule {id} is released from quarantine");
        self.room.acts.record("rule-released", format!("rule={id}"));
        let detail = self.detail(id).ok_or_else(|| ReleaseError::UnknownRule(id.to_owned()))?;
        Ok(detail.rule)
    }

    /// Alerts of a batch, and who gets them.
    fn judge(&mut self, segment: SegmentId, batch: &Arc<Batch>) -> Vec<NewAlert> {
        let (found, unjudged) = self.room.judge.judge(batch);
        self.room.shadow.offer(batch, &found);
        let mut alerts = self.note(segment, batch, &unjudged);
        let own = alerts.len();
        alerts.extend(self.decide(&found, batch));
        let health = &self.room.health;
        health.count_alerts(|counts| counts.findings += (own + found.len()) as u64);
        health.count_events(|events| events.judged += batch.rows() as u64);
        let evicted = self.room.judge.evicted();
        if evicted > 0 {
            health.sandbox(|sandbox| sandbox.evicted = evicted);
        }
        alerts
    }

    /// What becomes of findings: the alerts, and who gets them.
    fn decide(&mut self, found: &[Found], batch: &Batch) -> Vec<NewAlert> {
        if found.is_empty() {
            return Vec::new();
        }
        let (mut alerts, mut witnesses) = (Vec::new(), WITNESSES);
        let (exceptions, lacks) = (self.room.exceptions.book(), self.room.health.lacks());
        let marked = |alert| Alert { degraded: Some(lacks.clone()), ..alert };
        for found in found {
            let now = clock::moment();
            let rule = &found.rule.id;
            let process = batch.text(Field::ProcessKey, found.row).unwrap_or_default();
            self.firings.note(rule, process, now.wall);
            if let Some(exception) = exceptions.covering_row(rule, now.wall, batch, found.row) {
                let alert = self.except(found, batch, now, exception).map(marked);
                alert.into_iter().for_each(|alert| self.unrecorded.except(alert, exception));
                continue;
            }
            match self.room.desk.decide(found, batch, now) {
                Decision::Deliver(mut alert) => {
                    alert.witness = witness(&self.room.judge, found, batch, &mut witnesses);
                    alerts.push(self.room.for_sinks(marked(alert)));
                }
                Decision::RecordOnly(alert) => {
                    self.room.health.count_alerts(|counts| counts.limited += 1);
                    alerts.push(NewAlert::from(marked(alert)));
                }
                Decision::Repeat(alert) => self.repeat(alert, now.wall),
            }
        }
        alerts
    }

    /// A finding that an exception covers is counted, and nobody is told; the alert to be kept, if it
    /// is no repeat.
    fn except(
        &mut self,
        found: &Found,
        batch: &Batch,
        now: Moment,
        exception: u64,
    ) -> Option<Alert> {
        self.room.health.count_alerts(|counts| counts.excepted += 1);
        self.unrecorded.hit(exception, now.wall);
        match self.room.desk.except(found, batch, now, exception) {
            Decision::Deliver(alert) | Decision::RecordOnly(alert) => Some(alert),
            Decision::Repeat(alert) => {
                self.repeat(alert, now.wall);
                None
            }
        }
    }

    fn repeat(&mut self, alert: String, now: i64) {
        self.room.health.count_alerts(|counts| counts.repeats += 1);
        self.unrecorded.repeat(alert, now);
    }

    /// Keeps what was not judged; alerts about who has become blind by it.
    fn note(&mut self, segment: SegmentId, batch: &Batch, unjudged: &[Unjudged]) -> Vec<NewAlert> {
        for unjudged in unjudged {
            tell(segment, unjudged);
            self.unevaluated.note(segment, batch, unjudged);
        }
        if unjudged.is_empty() && self.blindness.is_empty() {
            return Vec::new();
        }
        let began = self.compare().began.into_iter();
        began
            .map(|blind| {
                let of_it = |unjudged: &&Unjudged| unjudged.rule == blind.rule;
                let row = unjudged.iter().rfind(of_it).and_then(|unjudged| unjudged.rows.last());
                let row = row.map_or(0, |row| *row as usize);
                self.room.owed(alert::blind(&blind, batch, row, clock::now()))
            })
            .collect()
    }

    /// What has changed about who is blind, after the operator's status says so.
    fn compare(&mut self) -> Change {
        let health = &self.room.health;
        let restarts = self.room.judge.restarts();
        health.sandbox(|sandbox| {
            (sandbox.restarts, sandbox.state_lost) = (restarts.count, restarts.last);
        });
        let change = self.blindness.update(self.room.judge.blind());
        for blind in &change.began {
            let fault = &blind.trouble.fault;
            health.degrade(&blind.to_string(), format!("{blind} is blind: {fault}"));
            let who = blind.rule.as_deref().unwrap_or("(all)");
            let (plugin, since) = (&blind.plugin, blind.trouble.since);
            let fault = fault.to_string();
            let detail = format!("rule={who} plugin={plugin} since={since} fault={fault:?}");
            self.room.acts.record("rule-quarantined", detail);
        }
        change.ended.iter().for_each(|who| health.recover(who));
        change
    }
}

/// What the rule says of the event alone, as long as there are some left.
fn witness(judge: &Judge, found: &Found, batch: &Batch, left: &mut usize) -> Option<Witness> {
    *left = left.checked_sub(1)?;
    let witness = judge.witness(&found.rule.id, &batch.event(found.row), Patience::BRIEF);
    witness.inspect_err(|error| tracing::debug!("an alert has no witness: {error}")).ok()
}

/// A fault is somebody's mistake; an event over its rule's budget is counted and happens.
fn tell(SegmentId(segment): SegmentId, Unjudged { rule, why, rows }: &Unjudged) {
    let rule = rule.as_deref().unwrap_or("every rule");
    match why {
        Why::Fault(fault) => tracing::error!(rule, segment, ?rows, "not judged: {fault}"),
        Why::OverBudget => tracing::debug!(rule, segment, ?rows, "not judged: over budget"),
    }
}
