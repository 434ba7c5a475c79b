//! The alert that a collector is not looking: it was given up, paused or stopped, or has left.

use blake3::Hasher;
use daemoneye_bus::alert::{Alert, Evidence, Severity};
use serde_json::Map;

use super::own::Own;

/// Why a collector does not look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unseeing {
    /// It has died too often, and why the last time.
    GivenUp(String),
    /// Somebody has paused it.
    Paused,
    /// Somebody has stopped it, and who.
    Stopped(String),
    /// It has left, and the agent does not start it.
    Gone,
}

/// An alert about a collector that does not look since this time; at the time `now`, both microseconds
/// since the Unix epoch.
pub fn sensor(collector: &str, why: &Unseeing, since: i64, now: i64) -> Alert {
    let (state, severity, cause) = match why {
        Unseeing::GivenUp(cause) => ("given up", Severity::High, cause.clone()),
        Unseeing::Paused => ("paused", Severity::Medium, "somebody has paused it".to_owned()),
        Unseeing::Stopped(by) => ("stopped", Severity::Medium, format!("{by} has stopped it")),
        Unseeing::Gone => ("gone", Severity::High, "it has left the bus".to_owned()),
    };
    let mut id = Hasher::new_derive_key("daemoneye sensor id v1");
    id.update(collector.as_bytes()).update(state.as_bytes()).update(&since.to_le_bytes());
    let own = Own {
        id,
        rule: "(sensor)",
        title: format!("collector {collector} is {state}: {cause}"),
        severity,
        since,
        evidence: vec![Evidence {
            clause: "nothing is seen where no collector looks".to_owned(),
            field: "state".to_owned(),
            value: state.to_owned(),
        }],
        shown: vec![("collector", collector.into()), ("blind_since", since.into())],
        event: Map::new(),
    };
    own.alert(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_who_does_not_look_since_when_and_why() {
        let why = Unseeing::GivenUp("it died".to_owned());
        let alert = sensor("procmond", &why, 4, 10);
        assert_eq!(alert.title, "collector procmond is given up: it died");
        assert_eq!((alert.latency, alert.severity), (6, Severity::High));
        assert_eq!(alert.id, sensor("procmond", &why, 4, 11).id);
        let others = [
            sensor("procmond", &why, 5, 10),
            sensor("other", &why, 4, 10),
            sensor("procmond", &Unseeing::Paused, 4, 10),
            sensor("procmond", &Unseeing::Stopped("cli:17".to_owned()), 4, 10),
            sensor("procmond", &Unseeing::Gone, 4, 10),
        ];
        assert!(others.iter().all(|other| other.id != alert.id));
    }
}
