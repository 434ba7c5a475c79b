//! How patient delivery is, and how long it pauses.

use std::time::Duration;

/// How patient delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// After the first failure; doubles with each failure after it.
    pub first_pause: Duration,
    /// The longest pause.
    pub last_pause: Duration,
    /// Failures in a row until the sink counts as down and only single alerts probe it.
    pub failures: u32,
    /// Tries of one alert that fail while the sink takes others; then it is a dead letter.
    pub strikes: u32,
    /// How long receipts may wait for company before they are written.
    pub linger: Duration,
    /// Alerts in one call.
    pub group: usize,
    /// Bytes of the alerts in one call; a single alert may have more.
    pub group_bytes: usize,
    /// Alerts in the window that may be offered at once; with those that pause, four times as many.
    pub window: usize,
}

impl Policy {
    /// What the agent does.
    pub const DEFAULT: Policy = Policy {
        first_pause: Duration::from_millis(100),
        last_pause: Duration::from_secs(30),
        failures: 5,
        strikes: 16,
        linger: Duration::from_millis(250),
        group: 64,
        group_bytes: 1 << 20,
        window: 1_024,
    };

    /// The pause after so many failures in a row: doubled for each, and then by chance shortened by
    /// up to a half, so that sinks that failed together do not come back together. `random` is from
    /// 0 to 1.
    pub fn pause(&self, failures: u32, random: f64) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        let full = self.first_pause.saturating_mul(doubled).min(self.last_pause);
        full / 2 + (full / 2).mul_f64(random.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pause = |failures| Policy::DEFAULT.pause(failures, 1.0).as_millis();
        assert_eq!([1, 2, 3, 4].map(pause), [100, 200, 400, 800]);
        assert_eq!([9, 10, 40, u32::MAX].map(pause), [25_600, 30_000, 30_000, 30_000]);
    }

    proptest! {
        #[test]
        fn chance_shortens_a_pause_by_a_half_at_most(failures: u32, random: f64) {
            let full = Policy::DEFAULT.pause(failures, 1.0);
            let pause = Policy::DEFAULT.pause(failures, random);
            prop_assert!(full / 2 <= pause && pause <= full, "{:?} of {:?}", pause, full);
        }
    }
}
