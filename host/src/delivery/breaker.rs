//! Whether a sink may be called: always, not yet, or with a single alert to see whether it is back.
//!
//! ```text
//! closed ── failures in a row ──► open ── its pause is over ──► half-open
//!    ▲                              ▲                               │
//!    │                              └───────── it failed ───────────┤
//!    └───────────────────── it took or refused an alert ────────────┘
//! ```

use std::time::Instant;

use daemoneye_bus::control::BreakerState;

use super::policy::Policy;

/// One sink's. Time and chance come in from outside.
#[derive(Debug)]
pub(super) struct Breaker {
    policy: Policy,
    state: BreakerState,
    /// In a row.
    failures: u32,
    /// Not before then.
    until: Option<Instant>,
}

/// The answer to a wish to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// Call.
    Granted,
    /// Call with one alert.
    Probe,
    /// Not before then.
    NotBefore(Instant),
}

impl Breaker {
    /// Closed.
    pub(super) fn new(policy: Policy) -> Self {
        Breaker { policy, state: BreakerState::Closed, failures: 0, until: None }
    }

    /// Whether the sink may be called now.
    pub(super) fn ask(&mut self, now: Instant) -> Leave {
        if let Some(until) = self.until.filter(|until| now < *until) {
            return Leave::NotBefore(until);
        }
        match self.state {
            BreakerState::Closed => Leave::Granted,
            BreakerState::Open | BreakerState::HalfOpen => {
                self.state = BreakerState::HalfOpen;
                Leave::Probe
            }
        }
    }

    /// The sink has answered for an alert. Whether it had been down.
    pub(super) fn succeed(&mut self) -> bool {
        let was_down = self.state != BreakerState::Closed;
        *self = Breaker::new(self.policy);
        was_down
    }

    /// The sink has taken nothing.
    pub(super) fn fail(&mut self, now: Instant, random: f64) {
        self.failures = self.failures.saturating_add(1);
        self.until = Some(now + self.policy.pause(self.failures, random));
        if self.failures >= self.policy.failures {
            self.state = BreakerState::Open;
        }
    }

    /// The state, for the operator.
    pub(super) fn state(&self) -> BreakerState {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    const POLICY: Policy = Policy { failures: 3, ..Policy::DEFAULT };

    /// After so many failures in a row, at a time when every pause is over.
    fn failed(times: u32) -> (Breaker, Instant) {
        let (mut breaker, mut now) = (Breaker::new(POLICY), Instant::now());
        for _ in 0..times {
            assert!(!matches!(breaker.ask(now), Leave::NotBefore(_)));
            breaker.fail(now, 1.0);
            now += POLICY.last_pause;
        }
        (breaker, now)
    }

    #[test]
    fn it_opens_at_the_limit_of_failures_and_not_before() {
        let (mut almost, now) = failed(2);
        assert_eq!((almost.state(), almost.ask(now)), (BreakerState::Closed, Leave::Granted));
        let (mut open, now) = failed(3);
        assert_eq!((open.state(), open.ask(now)), (BreakerState::Open, Leave::Probe));
        assert_eq!(open.state(), BreakerState::HalfOpen);
    }

    #[test]
    fn failures_that_are_not_in_a_row_do_not_open_it() {
        let (mut breaker, now) = failed(2);
        assert!(!breaker.succeed(), "it was never down");
        breaker.fail(now, 1.0);
        breaker.fail(now, 1.0);
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn a_probe_closes_it_or_opens_it_for_longer() {
        let (mut breaker, now) = failed(3);
        assert_eq!(breaker.ask(now), Leave::Probe);
        breaker.fail(now, 1.0);
        assert_eq!(breaker.state(), BreakerState::Open);
        let until = now + POLICY.pause(4, 1.0);
        assert_eq!(breaker.ask(now), Leave::NotBefore(until));
        assert_eq!(breaker.ask(until), Leave::Probe);
        assert!(breaker.succeed(), "it was down");
        assert_eq!((breaker.state(), breaker.ask(now)), (BreakerState::Closed, Leave::Granted));
    }

    proptest! {
        #[test]
        fn whatever_happens_no_pause_is_longer_than_the_longest_and_one_success_ends_it(
            steps in prop::collection::vec((any::<bool>(), 0u64..40_000, 0.0..1.0), 0..60),
        ) {
            let (mut breaker, mut now) = (Breaker::new(POLICY), Instant::now());
            let mut in_a_row = 0;
            for (works, passed, random) in steps {
                now += Duration::from_millis(passed);
                match breaker.ask(now) {
                    Leave::NotBefore(until) => {
                        prop_assert!(in_a_row > 0 && until <= now + POLICY.last_pause);
                        continue;
                    }
                    Leave::Probe => prop_assert!(in_a_row >= POLICY.failures),
                    Leave::Granted => prop_assert!(in_a_row < POLICY.failures),
                }
                if works {
                    breaker.succeed();
                    in_a_row = 0;
                    prop_assert_eq!(breaker.ask(now), Leave::Granted);
                } else {
                    breaker.fail(now, random);
                    in_a_row += 1;
                }
            }
        }
    }
}
