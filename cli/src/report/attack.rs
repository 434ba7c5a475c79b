//! The techniques of ATT&CK that fired, and those that rules look for, under their tactics.
//!
//! `attack.tsv` has the techniques of the Enterprise matrix that can show on a host: id, name and
//! tactics (MITRE ATT&CK, version 16). What is not in it stands in a column of its own.

use std::collections::BTreeMap;

use daemoneye_bus::alert::{Alert, Severity};
use daemoneye_bus::control::{RuleState, RuleStatus};
use serde::Serialize;

use crate::render::cut;

const TECHNIQUES: &str = include_str!("attack.tsv");
/// In the order of the matrix.
const TACTICS: [&str; 12] = [
    "initial-access",
    "execution",
    "persistence",
    "privilege-escalation",
    "defense-evasion",
    "credential-access",
    "discovery",
    "lateral-movement",
    "collection",
    "command-and-control",
    "exfiltration",
    "impact",
];
/// The column of techniques that the list does not have.
const OTHER: &str = "other";

/// One column of the matrix.
#[derive(Serialize)]
pub(super) struct Tactic {
    name: String,
    techniques: Vec<Technique>,
}

/// One technique, with its sub-techniques.
#[derive(Clone, Serialize)]
struct Technique {
    id: String,
    name: String,
    /// How many rules look for it.
    rules: u64,
    /// How many alerts name it.
    alerts: u64,
    /// The worst of them.
    worst: Option<&'static str>,
}

#[derive(Default)]
struct Seen {
    rules: u64,
    alerts: u64,
    worst: Option<Severity>,
}

/// The matrix of these rules and alerts; only what has either.
pub(super) fn matrix(rules: &[RuleStatus], alerts: &[Alert]) -> Vec<Tactic> {
    let seen = seen(rules, alerts);
    let mut tactics: BTreeMap<usize, Vec<Technique>> = BTreeMap::new();
    for (id, seen) in seen {
        let (name, places) = known(id).unwrap_or(("", vec![TACTICS.len()]));
        let worst = seen.worst.map(Severity::name);
        let (rules, alerts) = (seen.rules, seen.alerts);
        let technique = Technique { id: cut(id), name: name.to_owned(), rules, alerts, worst };
        for place in places {
            tactics.entry(place).or_default().push(technique.clone());
        }
    }
    let tactic = |(place, techniques)| Tactic { name: title(place), techniques };
    tactics.into_iter().map(tactic).collect()
}

/// What there is of each technique, a sub-technique counting as its technique.
fn seen<'a>(rules: &'a [RuleStatus], alerts: &'a [Alert]) -> BTreeMap<&'a str, Seen> {
    let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| rule.state == RuleState::Active) {
        distinct(&rule.techniques).for_each(|id| seen.entry(id).or_default().rules += 1);
    }
    for alert in alerts {
        for id in distinct(&alert.techniques) {
            let seen = seen.entry(id).or_default();
            seen.alerts += 1;
            seen.worst = seen.worst.max(Some(alert.severity));
        }
    }
    seen
}

fn distinct(techniques: &[String]) -> impl Iterator<Item = &str> {
    let technique = |id: &'_ String| id.split('.').next().map(str::len).unwrap_or_default();
    let ids = techniques.iter().map(move |id| &id[..technique(id)]);
    ids.collect::<std::collections::BTreeSet<_>>().into_iter()
}

fn known(id: &str) -> Option<(&'static str, Vec<usize>)> {
    let line = TECHNIQUES.lines().find(|line| line.split('\t').next() == Some(id))?;
    let mut columns = line.split('\t').skip(1);
    let (name, tactics) = (columns.next()?, columns.next()?);
    let place = |tactic: &str| TACTICS.iter().position(|known| *known == tactic);
    Some((name, tactics.split(' ').filter_map(place).collect()))
}

fn title(place: usize) -> String {
    let name = TACTICS.get(place).unwrap_or(&OTHER).replace('-', " ");
    let (first, rest) = name.split_at(1);
    first.to_uppercase() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{alert, rule};

    #[test]
    fn every_listed_technique_has_a_name_and_known_tactics_and_is_listed_once() {
        let mut ids = std::collections::HashSet::new();
        for line in TECHNIQUES.lines() {
            let columns: Vec<&str> = line.split('\t').collect();
            let &[id, name, tactics] = columns.as_slice() else { panic!("{line:?}") };
            assert!(ids.insert(id) && !name.is_empty(), "{line:?}");
            assert!(tactics.split(' ').all(|tactic| TACTICS.contains(&tactic)), "{line:?}");
        }
    }

    #[test]
    fn techniques_stand_under_each_of_their_tactics_and_unknown_ones_under_other() {
        let techniques = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect();
        let rules = [
            RuleStatus { techniques: techniques(&["T1053.003", "T1053"]), ..rule("cron") },
            RuleStatus { techniques: techniques(&["T9999"]), ..rule("odd") },
            RuleStatus {
                techniques: techniques(&["T1014"]),
                state: RuleState::Inert,
                ..rule("inert")
            },
        ];
        let alerts =
            [Alert { techniques: techniques(&["T1053.003"]), ..alert("x", Severity::Low) }];
        let said: Vec<_> = matrix(&rules, &alerts)
            .into_iter()
            .flat_map(|tactic| {
                let name = tactic.name;
                tactic.techniques.into_iter().map(move |t| (name.clone(), t.id, t.rules, t.alerts))
            })
            .collect();
        let row = |tactic: &str, id: &str, rules, alerts| {
            (tactic.to_owned(), id.to_owned(), rules, alerts)
        };
        assert_eq!(
            said,
            [
                row("Execution", "T1053", 1, 1),
                row("Persistence", "T1053", 1, 1),
                row("Privilege escalation", "T1053", 1, 1),
                row("Other", "T9999", 1, 0),
            ]
        );
    }
}
