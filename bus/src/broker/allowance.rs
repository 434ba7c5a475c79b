//! How often a client may ask: a bucket of tokens, decided without a clock. Not a library's: the
//! sensor links this crate, too, and links few.

use std::num::NonZeroU32;
use std::time::Duration;

/// A second's worth of messages may come at once.
const BURST: Duration = Duration::from_secs(1);

/// What is left to one client.
#[derive(Debug)]
pub(super) struct Allowance {
    /// Between two messages at the full rate.
    spacing: Duration,
    /// When the bucket would be full again, since the first message.
    full_at: Duration,
}

impl Allowance {
    /// A full bucket, for so many messages a second.
    pub(super) fn new(rate: NonZeroU32) -> Self {
        Allowance { spacing: Duration::from_secs(1) / rate.get(), full_at: Duration::ZERO }
    }

    /// Whether a message may come at this time, which never goes back. One that may not takes nothing.
    pub(super) fn admits(&mut self, now: Duration) -> bool {
        let full_at = self.full_at.max(now) + self.spacing;
        let fits = full_at <= now + BURST;
        if fits {
            self.full_at = full_at;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn allowance(rate: u32) -> Allowance {
        Allowance::new(NonZeroU32::new(rate).expect("not zero"))
    }

    #[test]
    fn a_seconds_worth_comes_at_once_and_one_more_does_not() {
        let mut allowance = allowance(10);
        let admitted = |allowance: &mut Allowance, now| {
            (0..100).filter(|_| allowance.admits(Duration::from_millis(now))).count()
        };
        assert_eq!(admitted(&mut allowance, 0), 10);
        assert_eq!(admitted(&mut allowance, 99), 0);
        assert_eq!(admitted(&mut allowance, 100), 1);
        assert_eq!(admitted(&mut allowance, 60_000), 10);
    }

    proptest! {
        #[test]
        fn over_any_time_no_more_come_than_the_rate_and_one_burst(
            rate in 1..5_000u32, pauses in prop::collection::vec(0..50_000u64, 1..500),
        ) {
            let mut allowance = allowance(rate);
            let (mut now, mut admitted) = (Duration::ZERO, 0u64);
            for pause in pauses {
                now += Duration::from_micros(pause);
                admitted += u64::from(allowance.admits(now));
            }
            let most = f64::from(rate) * (now.as_secs_f64() + 1.0);
            prop_assert!(admitted as f64 <= most + 1.0, "{} of {}", admitted, most);
        }

        #[test]
        fn whoever_keeps_to_the_rate_is_never_refused(rate in 1..5_000u32, count in 1..2_000u32) {
            let mut allowance = allowance(rate);
            let spacing = Duration::from_secs(1) / rate;
            for number in 0..count {
                prop_assert!(allowance.admits(spacing * number));
            }
        }
    }
}
