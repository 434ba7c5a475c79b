//! What the agent itself has to say is an alert like any other, of no rule and no pack.

use blake3::Hasher;
use daemoneye_bus::alert::{Alert, Evidence, Severity};
use daemoneye_bus::control::OF_AGENT;
use serde_json::{Map, Value as Json};

/// What differs between one such alert and another.
pub(super) struct Own {
    /// Of all that makes it the same alert again, so that it is recorded once.
    pub(super) id: Hasher,
    /// What stands for the rule. No rule of a pack can be called so.
    pub(super) rule: &'static str,
    pub(super) title: String,
    pub(super) severity: Severity,
    /// When it came about, microseconds since the Unix epoch.
    pub(super) since: i64,
    pub(super) evidence: Vec<Evidence>,
    pub(super) shown: Vec<(&'static str, Json)>,
    pub(super) event: Map<String, Json>,
}

impl Own {
    /// The alert at the time `now`, microseconds since the Unix epoch.
    pub(super) fn alert(self, now: i64) -> Alert {
        let shown = self.shown.into_iter();
        Alert {
            id: self.id.finalize().to_hex()[..32].to_owned(),
            time: now,
            latency: now.saturating_sub(self.since).max(0),
            rule: self.rule.to_owned(),
            title: self.title,
            pack: OF_AGENT.to_owned(),
            severity: self.severity,
            techniques: Vec::new(),
            evidence: self.evidence,
            shown: shown.map(|(label, value)| (label.to_owned(), value)).collect(),
            event: self.event,
            repeats: 0,
            witness: None,
            degraded: None,
        }
    }
}
