//! `[alerts]`: how findings become alerts.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How findings become alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alerts {
    /// Seconds in which findings of one rule about one process are one alert.
    pub deduplication_s: u64,
    /// Alerts of one rule that sinks get per minute; what is over is recorded only.
    pub per_rule_per_minute: u32,
}

impl Default for Alerts {
    fn default() -> Self {
        Alerts { deduplication_s: 300, per_rule_per_minute: 60 }
    }
}

impl Alerts {
    /// The deduplication window.
    pub fn window(&self) -> Duration {
        Duration::from_secs(self.deduplication_s)
    }
}
