//! Alerts that the store has not taken yet.

use std::time::Duration;

use daemoneye_store::{NewAlert, SegmentId};

use super::JudgingRoom;

/// Alerts that may wait for a store that takes none. Beyond, judging waits, and with it intake.
const MAX_WAITING: usize = 10_000;
/// Between two tries then.
const STORE_PAUSE: Duration = Duration::from_millis(250);

/// In the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Unrecorded(Vec<NewAlert>);

impl Unrecorded {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn extend(&mut self, alerts: impl IntoIterator<Item = NewAlert>) {
        self.0.extend(alerts);
    }

    /// Records them, what sinks are owed of them, and how far we are, all in one transaction; then
    /// wakes the sinks. Whether that is done: what cannot be recorded goes along with the next, and
    /// a crash until then judges these segments again.
    pub(super) fn record(&mut self, room: &JudgingRoom, segment: Option<SegmentId>) -> bool {
        while !self.try_to_record(room, segment) {
            if self.0.len() < MAX_WAITING {
                return false;
            }
            std::thread::sleep(STORE_PAUSE);
        }
        let recorded = std::mem::take(&mut self.0).len() as u64;
        room.health.count_alerts(|counts| counts.alerts += recorded);
        room.health.recover("alerts");
        room.delivery.look();
        true
    }

    fn try_to_record(&self, room: &JudgingRoom, segment: Option<SegmentId>) -> bool {
        let why = match room.writer.judged(self.0.clone(), segment) {
            Some(Ok(_)) => return true,
            Some(Err(error)) => error.to_string(),
            None => "the writer has ended".to_owned(),
        };
        room.health.degrade("alerts", format!("{} alerts wait for the store: {why}", self.0.len()));
        false
    }
}
