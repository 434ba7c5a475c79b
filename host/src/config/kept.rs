//! `[kept]`: how long the store keeps things.

use serde::{Deserialize, Serialize};

/// How long the store keeps things; 0 is forever, or without a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Kept {
    /// Days after which events go.
    pub events_days: u32,
    /// Days after which alerts go that no sink is owed.
    pub alerts_days: u32,
    /// Bytes that events may take, compressed; the oldest go.
    pub max_bytes: u64,
}

impl Default for Kept {
    fn default() -> Self {
        Kept { events_days: 30, alerts_days: 365, max_bytes: 8 << 30 }
    }
}
