//! The alert that somebody should have looked at a pack again.

use daemoneye_bus::alert::{Alert, Severity};
use daemoneye_bus::control::OF_AGENT;
use serde_json::{Map, Value as Json};

use crate::packs::Overdue;

/// What stands for the rule in such an alert. No rule of a pack can be called so.
const OVERDUE_REVIEW: &str = "(overdue review)";

/// An alert at the time `now`, microseconds since the Unix epoch. It has no event.
pub fn overdue(overdue: &Overdue, now: i64) -> Alert {
    let Overdue { pack, by, today } = overdue;
    let all = [("pack", pack.to_string()), ("review_by", by.to_string())];
    Alert {
        id: id(overdue),
        time: now,
        latency: 0,
        rule: OVERDUE_REVIEW.to_owned(),
        title: format!("{overdue}, and it is {today}"),
        pack: OF_AGENT.to_owned(),
        severity: Severity::Low,
        techniques: Vec::new(),
        evidence: Vec::new(),
        shown: all
            .into_iter()
            .map(|(label, value)| (label.to_owned(), Json::from(value)))
            .collect(),
        event: Map::new(),
        repeats: 0,
    }
}

/// The same pack has the same id for all of a day, also after a restart: it is recorded once.
fn id(Overdue { pack, by, today }: &Overdue) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("daemoneye overdue review id v1");
    hasher.update(format!("{pack} {by} {today}").as_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}
