//! The alert that a rule sees nothing any more.

use blake3::Hasher;
use daemoneye_bus::alert::{Alert, Evidence, Severity};
use daemoneye_bus::event::{Batch, to_json};

use super::own::Own;
use crate::plugin::Blind;

/// An alert with the event that was the last not to be judged; at the time `now`, microseconds since
/// the Unix epoch.
pub fn blind(blind: &Blind, batch: &Batch, row: usize, now: i64) -> Alert {
    let since = blind.trouble.since;
    let fault = blind.trouble.fault.to_string();
    let mut id = Hasher::new_derive_key("daemoneye blindness id v1");
    id.update(blind.to_string().as_bytes()).update(&since.to_le_bytes());
    let own = Own {
        id,
        rule: "(blind rule)",
        title: format!("{blind} is blind: {fault}"),
        severity: Severity::High,
        since,
        evidence: vec![Evidence {
            clause: "failed in five batches of events in a row".to_owned(),
            field: "fault".to_owned(),
            value: fault,
        }],
        shown: vec![
            ("plugin", blind.plugin.as_str().into()),
            ("rule", blind.rule.as_deref().into()),
            ("blind_since", since.into()),
        ],
        event: to_json(&batch.event(row)),
    };
    own.alert(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::{Fault, Trouble};
    use daemoneye_bus::event::{Event, Field, Kind};
    use serde_json::Value as Json;

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
