//! The alert that a rule sees nothing any more.

use daemoneye_bus::alert::{Alert, Evidence, Severity};
use daemoneye_bus::control::OF_AGENT;
use daemoneye_bus::event::{Batch, to_json};
use serde_json::{Map, Value as Json};

use crate::plugin::Blind;

/// What stands for the rule in such an alert. No rule of a pack can be called so.
const BLIND_RULE: &str = "(blind rule)";

/// An alert with the event that was the last not to be judged; at the time `now`, microseconds since
/// the Unix epoch.
pub fn blind(blind: &Blind, batch: &Batch, row: usize, now: i64) -> Alert {
    let since = blind.trouble.since;
    let fault = blind.trouble.fault.to_string();
    Alert {
        id: id(blind),
        time: now,
        latency: now.saturating_sub(since).max(0),
        rule: BLIND_RULE.to_owned(),
        title: format!("{blind} is blind: {fault}"),
        pack: OF_AGENT.to_owned(),
        severity: Severity::High,
        techniques: Vec::new(),
        evidence: vec![Evidence {
            clause: "failed in five batches of events in a row".to_owned(),
            field: "fault".to_owned(),
            value: fault,
        }],
        shown: shown(blind),
        event: to_json(&batch.event(row)),
        repeats: 0,
        witness: None,
    }
}

fn shown(Blind { plugin, rule, trouble }: &Blind) -> Map<String, Json> {
    let rule = rule.as_deref().map_or(Json::Null, Json::from);
    let all = [
        ("plugin", Json::from(plugin.as_str())),
        ("rule", rule),
        ("blind_since", trouble.since.into()),
    ];
    all.into_iter().map(|(label, value)| (label.to_owned(), value)).collect()
}

/// The same blindness has the same id, so that it is recorded once.
fn id(blind: &Blind) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("daemoneye blindness id v1");
    hasher.update(blind.to_string().as_bytes()).update(&blind.trouble.since.to_le_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::{Fault, Trouble};
    use daemoneye_bus::event::{Event, Field, Kind};

    fn alert(rule: Option<&str>, since: i64) -> Alert {
        let trouble = Trouble { since, fault: Fault::OutOfFuel(5) };
        let rule = rule.map(str::to_owned);
        let who = Blind { plugin: "engine".to_owned(), rule, trouble };
        let event = Event::new(Kind::Exec, 7).with(Field::CommandLine, "poison");
        blind(&who, &Batch::from_events([&event]).expect("one event"), 0, 10)
    }

    #[test]
    fn it_says_who_is_blind_since_when_and_why_and_shows_the_event() {
        let alert = alert(Some("a"), 4);
        assert_eq!(alert.title, "rule a is blind: out of fuel after 5 units");
        assert_eq!((alert.latency, &alert.shown["blind_since"]), (6, &Json::from(4)));
        assert_eq!(alert.event["command_line"], "poison");
    }

    #[test]
    fn one_blindness_has_one_id_and_two_have_two() {
        assert_eq!(alert(Some("a"), 4).id, alert(Some("a"), 4).id);
        let ids = [alert(Some("a"), 4), alert(Some("a"), 5), alert(Some("b"), 4), alert(None, 4)];
        let ids: std::collections::HashSet<_> = ids.into_iter().map(|alert| alert.id).collect();
        assert_eq!(ids.len(), 4);
    }
}
