//! How patient delivery is, in the operator's words.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::delivery::Policy;

/// `[delivery]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delivery {
    /// Tries of one alert that fail while the sink takes others; then it is a dead letter.
    pub attempts: u32,
    /// Milliseconds that a sink is left alone after a failure; doubled with each further one.
    pub first_pause_ms: u64,
    /// Seconds of the longest pause.
    pub last_pause_s: u64,
    /// Failures in a row that open the breaker.
    pub failures: u32,
    /// Alerts in one call.
    pub group: usize,
    /// KiB of all alerts in one call; a single alert may have more.
    pub group_kib: usize,
    /// Alerts of a sink that are held ready in memory.
    pub window: usize,
}

impl Default for Delivery {
    fn default() -> Self {
        Delivery {
            attempts: Policy::DEFAULT.strikes,
            first_pause_ms: 100,
            last_pause_s: 30,
            failures: Policy::DEFAULT.failures,
            group: Policy::DEFAULT.group,
            group_kib: Policy::DEFAULT.group_bytes >> 10,
            window: Policy::DEFAULT.window,
        }
    }
}

impl Delivery {
    /// What it means.
    pub fn policy(&self) -> Policy {
        Policy {
            first_pause: Duration::from_millis(self.first_pause_ms),
            last_pause: Duration::from_secs(self.last_pause_s),
            failures: self.failures,
            strikes: self.attempts,
            group: self.group,
            group_bytes: self.group_kib << 10,
            window: self.window,
            ..Policy::DEFAULT
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_word_of_the_operator_it_is_the_default() {
        assert_eq!(Delivery::default().policy(), Policy::DEFAULT);
    }
}
