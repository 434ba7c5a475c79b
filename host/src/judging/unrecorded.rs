//! What was found and the store has not taken yet.

use std::collections::HashMap;
use std::time::Duration;

use daemoneye_bus::alert::Alert;
use daemoneye_store::{Commit, Excepted, NewAlert, SegmentId, Tally};

use super::JudgingRoom;

/// Alerts, or things that repeats are counted on, that may wait for a store that takes none. Beyond,
/// judging waits, and with it intake.
const MAX_WAITING: usize = 10_000;
/// Between two tries then.
const STORE_PAUSE: Duration = Duration::from_millis(250);

/// In the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Unrecorded {
    alerts: Vec<NewAlert>,
    excepted: Vec<Excepted>,
    /// By the id of the alert that they are counted on: how many, and when last.
    repeats: HashMap<String, (u64, i64)>,
    /// By the number of the exception that covered them.
    hits: HashMap<u64, (u64, i64)>,
}

impl Unrecorded {
    /// Whether no alert waits.
    pub(super) fn is_empty(&self) -> bool {
        self.alerts.is_empty() && self.excepted.is_empty()
    }

    /// Whether anything was counted.
    pub(super) fn has_counts(&self) -> bool {
        !self.repeats.is_empty() || !self.hits.is_empty()
    }

    pub(super) fn extend(&mut self, alerts: impl IntoIterator<Item = NewAlert>) {
        self.alerts.extend(alerts);
    }

    /// An alert that an exception covers.
    pub(super) fn except(&mut self, alert: Alert, exception: u64) {
        self.excepted.push(Excepted { alert, exception });
    }

    /// A finding is counted on the alert of this id.
    pub(super) fn repeat(&mut self, alert: String, time: i64) {
        add(self.repeats.entry(alert).or_insert((0, time)), time);
    }

    /// An exception covered a finding.
    pub(super) fn hit(&mut self, exception: u64, time: i64) {
        add(self.hits.entry(exception).or_insert((0, time)), time);
    }

    /// Records all of it, what sinks are owed of it, and how far we are, in one transaction; then
    /// wakes the sinks. Whether that is done: what cannot be recorded goes along with the next, and
    /// a crash until then judges these segments again.
    pub(super) fn record(&mut self, room: &JudgingRoom, segment: Option<SegmentId>) -> bool {
        while !self.try_to_record(room, segment) {
            if self.waiting() < MAX_WAITING {
                return false;
            }
            std::thread::sleep(STORE_PAUSE);
        }
        let recorded = std::mem::take(self);
        let alerts = (recorded.alerts.len() + recorded.excepted.len()) as u64;
        room.health.count_alerts(|counts| counts.alerts += alerts);
        room.health.recover("alerts");
        if !recorded.alerts.is_empty() {
            room.delivery.look();
        }
        true
    }

    fn try_to_record(&self, room: &JudgingRoom, segment: Option<SegmentId>) -> bool {
        let why = match room.writer.judged(self.commit(segment)) {
            Some(Ok(_)) => return true,
            Some(Err(error)) => error.to_string(),
            None => "the writer has ended".to_owned(),
        };
        let alerts = self.alerts.len() + self.excepted.len();
        room.health.degrade("alerts", format!("{alerts} alerts wait for the store: {why}"));
        false
    }

    fn commit(&self, judged: Option<SegmentId>) -> Commit {
        let (alerts, excepted) = (self.alerts.clone(), self.excepted.clone());
        let (repeats, hits) = (tallies(&self.repeats), tallies(&self.hits));
        Commit { alerts, excepted, repeats, hits, judged, ..Commit::default() }
    }

    fn waiting(&self) -> usize {
        self.alerts.len() + self.excepted.len() + self.repeats.len() + self.hits.len()
    }
}

fn add((count, last): &mut (u64, i64), time: i64) {
    *count += 1;
    *last = time.max(*last);
}

fn tallies<K: Clone>(counted: &HashMap<K, (u64, i64)>) -> Vec<Tally<K>> {
    let tally = |(of, (count, last)): (&K, &(u64, i64))| Tally {
        of: of.clone(),
        count: *count,
        last: *last,
    };
    counted.iter().map(tally).collect()
}
