//! The alert that batches of a sensor never came.

use daemoneye_bus::alert::{Alert, Evidence, Severity};
use daemoneye_bus::control::OF_AGENT;
use daemoneye_bus::event::{Batch, Field, to_json};
use daemoneye_store::Gap;
use serde_json::{Map, Value as Json};

/// What stands for the rule in such an alert. No rule of a pack can be called so.
const GAP_RULE: &str = "(lost events)";

/// An alert with the first event that came after the gap; at the time `now`, microseconds since the
/// Unix epoch.
pub fn gap(gap: &Gap, after: &Batch, now: i64) -> Alert {
    let Gap { source, from, to } = gap;
    let (missing, last) = (gap.missing(), to - 1);
    let came = after.integer(Field::Time, 0).unwrap_or(now);
    Alert {
        id: id(gap),
        time: now,
        latency: now.saturating_sub(came).max(0),
        rule: GAP_RULE.to_owned(),
        title: format!("{missing} batches of events of {source} never came"),
        pack: OF_AGENT.to_owned(),
        severity: Severity::High,
        techniques: Vec::new(),
        evidence: vec![Evidence {
            clause: "numbers of batches have no gap unless some are lost".to_owned(),
            field: "number".to_owned(),
            value: format!("{from} to {last} are missing"),
        }],
        shown: shown(gap),
        event: to_json(&after.event(0)),
        repeats: 0,
        witness: None,
    }
}

fn shown(Gap { source, from, to }: &Gap) -> Map<String, Json> {
    let all = [
        ("source", Json::from(source.as_str())),
        ("first_missing", (*from).into()),
        ("last_missing", (to - 1).into()),
    ];
    all.into_iter().map(|(label, value)| (label.to_owned(), value)).collect()
}

/// The same gap has the same id, so that it is recorded once.
fn id(Gap { source, from, .. }: &Gap) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("daemoneye gap id v1");
    hasher.update(source.as_bytes()).update(&from.to_le_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use daemoneye_bus::event::{Event, Kind};

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
