//! Alerts, the worst first, and how many each rule made.

use std::cmp::Reverse;
use std::collections::HashMap;

use daemoneye_bus::alert::{Alert, Evidence};
use serde::Serialize;
use serde_json::Value as Json;

use crate::render::{count, cut, time};
use crate::terminal::Look;

/// Alerts that are told in full, at most.
const TOLD: usize = 200;

/// Alerts in full.
#[derive(Serialize)]
pub(super) struct Found {
    alerts: Vec<Told>,
    /// How many there are besides.
    more: usize,
}

/// One alert.
#[derive(Serialize)]
struct Told {
    id: String,
    severity: &'static str,
    time: String,
    title: String,
    rule: String,
    pack: String,
    techniques: Vec<String>,
    repeats: u64,
    /// Name and value, in the order in which people ask for them.
    process: Vec<(&'static str, String)>,
    evidence: Vec<Clause>,
}

/// Why a rule matched.
#[derive(Serialize)]
struct Clause {
    clause: String,
    field: String,
    value: String,
}

/// What is told of a process, and how it is called.
const PROCESS: [(&str, &str); 9] = [
    ("command_line", "command line"),
    ("executable_path", "program"),
    ("executable_sha256", "SHA-256"),
    ("pid", "pid"),
    ("user_name", "user"),
    ("cwd", "directory"),
    ("parent_command_line", "parent"),
    ("parent_path", "parent's program"),
    ("container_id", "container"),
];

/// The worst and newest of these.
pub(super) fn tell(alerts: &[Alert], look: &Look) -> Found {
    let mut worst: Vec<&Alert> = alerts.iter().collect();
    worst.sort_by_key(|alert| Reverse((alert.severity, alert.time)));
    let more = worst.len().saturating_sub(TOLD);
    worst.truncate(TOLD);
    Found { alerts: worst.into_iter().map(|alert| told(alert, look)).collect(), more }
}

fn told(alert: &Alert, look: &Look) -> Told {
    let process = PROCESS.iter().filter_map(|(field, name)| {
        let value = match alert.event.get(*field)? {
            Json::String(text) => cut(text),
            other => other.to_string(),
        };
        Some((*name, value))
    });
    Told {
        id: cut(&alert.id),
        severity: alert.severity.name(),
        time: time(alert.time, look),
        title: cut(&alert.title),
        rule: cut(&alert.rule),
        pack: cut(&alert.pack),
        techniques: alert.techniques.iter().map(|technique| cut(technique)).collect(),
        repeats: alert.repeats,
        process: process.collect(),
        evidence: alert.evidence.iter().map(clause).collect(),
    }
}

fn clause(evidence: &Evidence) -> Clause {
    let Evidence { clause, field, value } = evidence;
    // A clause may stand on many lines of its rule; here it is one.
    let clause = clause.split_whitespace().collect::<Vec<_>>().join(" ");
    Clause { clause: cut(&clause), field: cut(field), value: cut(value) }
}

/// How often a rule spoke.
#[derive(Serialize)]
pub(super) struct OfRule {
    rule: String,
    title: String,
    severity: &'static str,
    alerts: String,
    repeats: String,
}

/// How often each rule spoke, the worst and most frequent first.
pub(super) fn by_rule(alerts: &[Alert]) -> Vec<OfRule> {
    let mut rules: HashMap<&str, (&Alert, u64, u64)> = HashMap::new();
    for alert in alerts {
        let (_, made, repeats) = rules.entry(&alert.rule).or_insert((alert, 0, 0));
        *made += 1;
        *repeats = repeats.saturating_add(alert.repeats);
    }
    let mut rules: Vec<_> = rules.into_values().collect();
    rules.sort_by_key(|(alert, made, _)| (Reverse((alert.severity, *made)), &alert.rule));
    let of_rule = |(alert, made, repeats): (&Alert, u64, u64)| OfRule {
        rule: cut(&alert.rule),
        title: cut(&alert.title),
        severity: alert.severity.name(),
        alerts: count(made),
        repeats: count(repeats),
    };
    rules.into_iter().map(of_rule).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{alert, look};
    use daemoneye_bus::alert::Severity;

    #[test]
    fn the_worst_come_first_and_of_too_many_the_rest_is_counted() {
        let mut alerts = vec![alert("x", Severity::Low); TOLD];
        alerts.push(alert("worst", Severity::Critical));
        let found = tell(&alerts, &look(80));
        assert_eq!((found.alerts.len(), found.more), (TOLD, 1));
        assert_eq!(found.alerts[0].process[0], ("command line", "worst".to_owned()));
    }

    #[test]
    fn rules_are_counted_with_the_repeats_of_their_alerts() {
        let of = |rule: &str, severity, repeats| Alert {
            rule: rule.to_owned(),
            repeats,
            ..alert("x", severity)
        };
        let alerts = [
            of("b", Severity::High, 1),
            of("a", Severity::High, 0),
            of("b", Severity::High, 2),
            of("c", Severity::Critical, 0),
        ];
        let rules = by_rule(&alerts);
        let said: Vec<_> =
            rules.iter().map(|rule| (&*rule.rule, &*rule.alerts, &*rule.repeats)).collect();
        assert_eq!(said, [("c", "1", "0"), ("b", "2", "3"), ("a", "1", "0")]);
    }
}
