//! From what a rule claims to what the agent records and delivers. Decides only; no I/O, no clock.

mod blind;
mod compose;
mod deduplication;
mod gap;
mod hearing;
mod overdue;
mod own;
mod sensor;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use daemoneye_bus::alert::Alert;
use daemoneye_bus::event::{Batch, Field};
use governor::clock::FakeRelativeClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::clock::Moment;
use crate::judge::Found;
use deduplication::{Deduplication, Sighting};
pub use hearing::Hearing;

pub use blind::blind;
pub use gap::gap;
pub use overdue::overdue;
pub use sensor::{Unseeing, sensor};

/// By rule; time is told from outside.
type Rate =
    RateLimiter<String, DefaultKeyedStateStore<String>, FakeRelativeClock, NoOpMiddleware<Nanos>>;

/// Decides what becomes of findings.
pub struct AlertDesk {
    deduplication: Deduplication,
    /// Of findings that exceptions cover: they hide each other and nothing else.
    excepted: Deduplication,
    hearing: Arc<Hearing>,
    rate: Rate,
    clock: FakeRelativeClock,
    last: Option<i64>,
}

/// What becomes of one finding.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Record and deliver.
    Deliver(Alert),
    /// Record only: the rule is over its rate.
    RecordOnly(Alert),
    /// Counted on the alert of an earlier finding about the same process, which has this id.
    Repeat(String),
}

impl AlertDesk {
    /// A desk that has seen nothing yet. `hearing` is told what becomes of alerts.
    ///
    /// # Panics
    /// If `per_rule_per_minute` is zero, which the configuration excludes.
    pub fn new(window: Duration, per_rule_per_minute: u32, hearing: Arc<Hearing>) -> Self {
        let burst = NonZeroU32::new(per_rule_per_minute).expect("checked with the configuration");
        let clock = FakeRelativeClock::default();
        AlertDesk {
            deduplication: Deduplication::new(window),
            excepted: Deduplication::new(window),
            hearing,
            rate: RateLimiter::new(
                Quota::per_minute(burst),
                DefaultKeyedStateStore::default(),
                clock.clone(),
            ),
            clock,
            last: None,
        }
    }

    /// Decides about one finding: how long it is since another by the steady clock, what people read
    /// by the one on the wall.
    pub fn decide(&mut self, found: &Found, batch: &Batch, now: Moment) -> Decision {
        let Moment { wall, steady: now } = now;
        self.advance(now);
        let process = batch.text(Field::ProcessKey, found.row).unwrap_or_default();
        let sequence = batch.integer(Field::Sequence, found.row);
        let alert = |repeats| compose::alert(found, batch, wall, repeats);
        let Some(key) = deduplication::key(&found.rule.id, process, sequence) else {
            return self.tell(alert(0));
        };
        let decision = match self.deduplication.look(&key, now, &self.hearing) {
            Sighting::First { repeats } => self.tell(alert(repeats)),
            Sighting::Unheard { repeats } if self.may_tell(&found.rule.id) => {
                Decision::Deliver(alert(repeats))
            }
            Sighting::Repeat | Sighting::Unheard { .. } => {
                return Decision::Repeat(self.deduplication.repeat(&key));
            }
        };
        self.begin(key, now, decision)
    }

    /// Decides about one finding that this exception covers. It is recorded, or counted as a repeat
    /// of another that the same exception covers; it neither hides one that none covers nor counts
    /// for its rule's rate.
    pub fn except(
        &mut self,
        found: &Found,
        batch: &Batch,
        now: Moment,
        exception: u64,
    ) -> Decision {
        let process = batch.text(Field::ProcessKey, found.row).unwrap_or_default();
        let sequence = batch.integer(Field::Sequence, found.row);
        let scope = format!("{exception} {}", found.rule.id);
        let key = deduplication::key(&scope, process, sequence);
        let repeats = match &key {
            None => 0,
            Some(key) => match self.excepted.look(key, now.steady, &self.hearing) {
                Sighting::First { repeats } => repeats,
                Sighting::Repeat | Sighting::Unheard { .. } => {
                    return Decision::Repeat(self.excepted.repeat(key));
                }
            },
        };
        let alert = compose::alert(found, batch, now.wall, repeats);
        if let Some(key) = key {
            let window = (alert.id.clone(), false);
            self.excepted.begin(key, now.steady, window, &self.hearing);
        }
        Decision::RecordOnly(alert)
    }

    /// Whether the rule is within its rate; if so, this counts.
    fn may_tell(&self, rule: &String) -> bool {
        self.rate.check_key(rule).is_ok()
    }

    fn tell(&self, alert: Alert) -> Decision {
        let tell = self.may_tell(&alert.rule);
        if tell { Decision::Deliver(alert) } else { Decision::RecordOnly(alert) }
    }

    /// The alert begins a window, which hides nothing if nobody is told.
    fn begin(&mut self, key: deduplication::Key, now: i64, decision: Decision) -> Decision {
        let (id, told) = match &decision {
            Decision::Deliver(alert) => (&alert.id, true),
            Decision::RecordOnly(alert) => (&alert.id, false),
            Decision::Repeat(_) => return decision,
        };
        self.deduplication.begin(key, now, (id.clone(), told), &self.hearing);
        if told {
            self.hearing.expect(id);
        }
        decision
    }

    /// Time is told from outside and never runs backwards here.
    fn advance(&mut self, now: i64) {
        let last = self.last.map_or(now, |last| last.max(now));
        let passed = self.last.map_or(0, |before| last.saturating_sub(before));
        self.clock.advance(Duration::from_micros(u64::try_from(passed).unwrap_or_default()));
        self.last = Some(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Described;
    use daemoneye_bus::alert::Severity;
    use daemoneye_bus::event::{Event, Kind};

    const SECOND: i64 = 1_000_000;

    fn rule() -> Arc<Described> {
        Arc::new(Described {
            id: "rule".into(),
            title: "Title".into(),
            pack: "pack".into(),
            severity: Severity::High,
            techniques: vec!["T1059".into()],
            shown: vec![("who".into(), Field::UserName), ("what".into(), Field::CommandLine)],
            words: Arc::default(),
        })
    }

    fn desk(per_minute: u32) -> AlertDesk {
        AlertDesk::new(Duration::from_secs(300), per_minute, Arc::new(Hearing::new(1)))
    }

    fn decide(desk: &mut AlertDesk, process: &str, now: i64) -> Decision {
        decide_at(desk, process, Moment { wall: now, steady: now })
    }

    fn decide_at(desk: &mut AlertDesk, process: &str, now: Moment) -> Decision {
        let event = event(process, now.wall - 5_000);
        let batch = Batch::from_events([&event]).expect("one event");
        desk.decide(&found(), &batch, now)
    }

    fn event(process: &str, time: i64) -> Event {
        let event = Event::new(Kind::Exec, time).with(Field::ProcessKey, process);
        event.with(Field::CommandLine, "sh")
    }

    fn found() -> Found {
        Found { rule: rule(), row: 0, evidence: Vec::new() }
    }

    fn finding(process: &str) -> (Found, Batch) {
        (found(), Batch::from_events([&event(process, 0)]).expect("one event"))
    }

    fn is_repeat(decision: &Decision) -> bool {
        matches!(decision, Decision::Repeat(_))
    }

    #[test]
    fn a_process_is_one_alert_in_the_window_and_another_after_it() {
        let mut desk = desk(60);
        assert!(matches!(decide(&mut desk, "a", SECOND), Decision::Deliver(_)));
        assert!(is_repeat(&decide(&mut desk, "a", 300 * SECOND)));
        assert!(matches!(decide(&mut desk, "b", 300 * SECOND), Decision::Deliver(_)));
        let Decision::Deliver(alert) = decide(&mut desk, "a", 302 * SECOND) else {
            panic!("the window is over");
        };
        assert_eq!(alert.repeats, 1);
    }

    #[test]
    fn a_wall_clock_that_jumps_neither_ends_a_window_nor_makes_it_longer_nor_stops_a_rate() {
        for wall in [-3_600 * SECOND, 0, 3_600 * SECOND] {
            let mut desk = desk(2);
            let mut at = |process: &str, wall, seconds: i64| {
                decide_at(&mut desk, process, Moment { wall, steady: seconds * SECOND })
            };
            assert!(matches!(at("a", 0, 1), Decision::Deliver(_)));
            assert!(is_repeat(&at("a", wall, 300)), "{wall}: within the window");
            let Decision::Deliver(alert) = at("a", wall, 302) else { panic!("{wall}: after it") };
            assert_eq!(alert.time, wall);
            assert!(matches!(at("b", wall, 303), Decision::Deliver(_)));
            assert!(matches!(at("c", wall, 304), Decision::RecordOnly(_)), "{wall}: over its rate");
            assert!(matches!(at("d", wall, 340), Decision::Deliver(_)), "{wall}: within it again");
        }
    }

    #[test]
    fn a_rule_over_its_rate_is_recorded_and_recovers() {
        let mut desk = desk(2);
        let mut at = |process: &str, now| decide(&mut desk, process, now);
        assert!(matches!(at("a", SECOND), Decision::Deliver(_)));
        assert!(matches!(at("b", SECOND), Decision::Deliver(_)));
        assert!(matches!(at("c", SECOND), Decision::RecordOnly(_)));
        assert!(matches!(at("d", 40 * SECOND), Decision::Deliver(_)));
    }

    #[test]
    fn an_alert_that_dies_at_every_sink_hides_no_repeat_and_one_that_is_taken_does() {
        for (taken, hidden) in [(false, false), (true, true)] {
            let mut desk = desk(60);
            let Decision::Deliver(alert) = decide(&mut desk, "a", SECOND) else {
                panic!("the first finding is delivered");
            };
            assert!(is_repeat(&decide(&mut desk, "a", 2 * SECOND)), "it is on its way");
            if taken {
                desk.hearing.heard(&alert.id);
            }
            desk.hearing.died(&alert.id);
            let again = decide(&mut desk, "a", 3 * SECOND);
            assert_eq!(is_repeat(&again), hidden, "{again:?}");
            if let Decision::Deliver(again) = again {
                assert_eq!(again.repeats, 1);
                assert!(is_repeat(&decide(&mut desk, "a", 4 * SECOND)));
            }
        }
    }

    #[test]
    fn an_alert_that_was_only_recorded_hides_repeats_until_its_rule_may_speak_again() {
        let mut desk = desk(1);
        let mut at = |process: &str, now| decide(&mut desk, process, now * SECOND);
        assert!(matches!(at("a", 1), Decision::Deliver(_)));
        assert!(matches!(at("b", 2), Decision::RecordOnly(_)));
        assert!(is_repeat(&at("b", 3)));
        let Decision::Deliver(alert) = at("b", 62) else { panic!("the rule may speak again") };
        assert_eq!(alert.repeats, 1);
        assert!(is_repeat(&at("b", 200)));
    }

    #[test]
    fn an_alert_shows_its_columns_its_latency_and_a_stable_id() {
        let one = decide(&mut desk(60), "a", SECOND);
        let two = decide(&mut desk(60), "a", SECOND);
        assert_eq!(one, two);
        let Decision::Deliver(alert) = one else { panic!("the first finding is delivered") };
        assert_eq!(alert.latency, 5_000);
        assert_eq!(alert.shown["what"], "sh");
        assert!(alert.shown["who"].is_null());
        assert_eq!(alert.id.len(), 32);
    }

    #[test]
    fn repeats_are_counted_on_the_alert_of_their_own_process() {
        let mut desk = desk(60);
        let mut ids = Vec::new();
        for process in ["a", "b"] {
            let Decision::Deliver(alert) = decide(&mut desk, process, SECOND) else {
                panic!("each process is an alert of its own");
            };
            ids.push(alert.id);
        }
        assert_ne!(ids[0], ids[1]);
        for (process, id) in ["a", "b"].into_iter().zip(ids) {
            assert_eq!(decide(&mut desk, process, 2 * SECOND), Decision::Repeat(id));
        }
    }

    #[test]
    fn an_excepted_finding_hides_none_that_is_not_and_counts_its_own_repeats() {
        let mut desk = desk(1);
        let (found, batch) = finding("a");
        let at = |seconds: i64| Moment { wall: seconds * SECOND, steady: seconds * SECOND };
        let Decision::RecordOnly(kept) = desk.except(&found, &batch, at(1), 7) else {
            panic!("the first is kept");
        };
        assert_eq!(desk.except(&found, &batch, at(2), 7), Decision::Repeat(kept.id));
        assert!(matches!(desk.except(&found, &batch, at(3), 8), Decision::RecordOnly(_)));
        assert!(matches!(desk.decide(&found, &batch, at(4)), Decision::Deliver(_)), "not covered");
        let Decision::RecordOnly(later) = desk.except(&found, &batch, at(302), 7) else {
            panic!("the window is over");
        };
        assert_eq!(later.repeats, 1);
    }
}
