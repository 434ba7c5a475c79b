//! Looks once a minute for what the store is not to keep any more.

mod calendar;

use std::sync::Arc;
use std::time::Duration;

use daemoneye_store::{Keep, Pruned};
use tokio::time::MissedTickBehavior;

use crate::clock;
use crate::config::Kept;
use crate::health::Health;
use crate::writer::Writer;
use calendar::Calendar;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(60);
/// The health key of a store that nothing can be removed from.
const RETENTION: &str = "retention";
const DAY_US: i64 = 86_400_000_000;

/// Removes what is too old or too much until nobody writes to the store any more.
pub async fn run(kept: Kept, writer: Writer, health: Arc<Health>) {
    let mut looks = tokio::time::interval(PAUSE);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut calendar = Calendar::default();
    loop {
        looks.tick().await;
        loop {
            let now = calendar.time(clock::moment());
            match writer.prune(keep(&kept, now)).await {
                None => return,
                Some(Ok(pruned)) => {
                    tell(pruned, &health);
                    if !pruned.more {
                        break;
                    }
                }
                Some(Err(error)) => {
                    health.degrade(RETENTION, format!("nothing old is removed: {error}"));
                    break;
                }
            }
        }
    }
}

fn tell(pruned: Pruned, health: &Health) {
    health.recover(RETENTION);
    health.count_events(|events| events.pruned += pruned.events);
    let Pruned { segments, events, bytes, alerts, .. } = pruned;
    if segments + alerts > 0 {
        tracing::info!(segments, events, bytes, alerts, "too old or too much, removed");
    }
}

/// What is kept at this time.
fn keep(kept: &Kept, now: i64) -> Keep {
    let since = |days: u32| (days > 0).then(|| now.saturating_sub(i64::from(days) * DAY_US));
    Keep {
        now,
        events_since: since(kept.events_days),
        bytes: Some(kept.max_bytes).filter(|bytes| *bytes > 0),
        alerts_since: since(kept.alerts_days),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_said_is_nothing_removed() {
        let forever = Kept { events_days: 0, alerts_days: 0, max_bytes: 0 };
        assert_eq!(keep(&forever, 7), Keep { now: 7, ..Keep::default() });
    }

    #[test]
    fn days_are_counted_back_from_now() {
        let kept = Kept { events_days: 2, alerts_days: 3, max_bytes: 9 };
        let expected = Keep {
            now: 10 * DAY_US,
            events_since: Some(8 * DAY_US),
            bytes: Some(9),
            alerts_since: Some(7 * DAY_US),
        };
        assert_eq!(keep(&kept, 10 * DAY_US), expected);
    }
}
