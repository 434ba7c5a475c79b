//! The alert that batches of a sensor never came.

use blake3::Hasher;
use daemoneye_bus::alert::{Alert, Evidence, Severity};
use daemoneye_bus::event::{Batch, Field, to_json};
use daemoneye_store::Gap;

use super::own::Own;

/// An alert with the first event that came after the gap; at the time `now`, microseconds since the
/// Unix epoch.
pub fn gap(gap: &Gap, after: &Batch, now: i64) -> Alert {
    let Gap { source, from, to } = gap;
    let (missing, last) = (gap.missing(), to - 1);
    let mut id = Hasher::new_derive_key("daemoneye gap id v1");
    id.update(source.as_bytes()).update(&from.to_le_bytes());
    let own = Own {
        id,
        rule: "(lost events)",
        title: format!("{missing} batches of events of {source} never came"),
        severity: Severity::High,
        since: after.integer(Field::Time, 0).unwrap_or(now),
        evidence: vec![Evidence {
            clause: "numbers of batches have no gap unless some are lost".to_owned(),
            field: "number".to_owned(),
            value: format!("{from} to {last} are missing"),
        }],
        shown: vec![
            ("source", source.as_str().into()),
            ("first_missing", (*from).into()),
            ("last_missing", last.into()),
        ],
        event: to_json(&after.event(0)),
    };
    own.alert(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use daemoneye_bus::event::{Event, Kind};
    use serde_json::Value as Json;

    fn alert(from: u64, to: u64) -> Alert {
        let event = Event::new(Kind::Exec, 7).with(Field::CommandLine, "after");
        let after = Batch::from_events([&event]).expect("one event");
        gap(&Gap { source: "procmond:1".to_owned(), from, to }, &after, 10)
    }

    #[test]
    fn it_says_whose_batches_are_missing_and_which() {
        let alert = alert(4, 7);
        assert_eq!(alert.title, "3 batches of events of procmond:1 never came");
        assert_eq!(alert.evidence[0].value, "4 to 6 are missing");
        assert_eq!((alert.latency, &alert.event["command_line"]), (3, &Json::from("after")));
    }

    #[test]
    fn one_gap_has_one_id_and_two_have_two() {
        assert_eq!(alert(4, 7).id, alert(4, 7).id);
        assert_ne!(alert(4, 7).id, alert(9, 10).id);
    }
}
