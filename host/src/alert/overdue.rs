//! The alert that somebody should have looked at a pack again.

use blake3::Hasher;
use daemoneye_bus::alert::{Alert, Severity};
use serde_json::Map;

use super::own::Own;
use crate::packs::Overdue;

/// An alert at the time `now`, microseconds since the Unix epoch. It has no event.
pub fn overdue(overdue: &Overdue, now: i64) -> Alert {
    let Overdue { pack, by, today } = overdue;
    let mut id = Hasher::new_derive_key("daemoneye overdue review id v1");
    // All of a day it is the same alert, also after a restart.
    id.update(format!("{pack} {by} {today}").as_bytes());
    let own = Own {
        id,
        rule: "(overdue review)",
        title: format!("{overdue}, and it is {today}"),
        severity: Severity::Low,
        since: now,
        evidence: Vec::new(),
        shown: vec![("pack", pack.to_string().into()), ("review_by", by.to_string().into())],
        event: Map::new(),
    };
    own.alert(now)
}
