//! What is written is read back by a reader of the format that shares nothing with its writer.
//! Format: prometheus.io, "Text-based format", 0.0.4.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::render::samples;

/// Names of metrics and labels with their values, in order, and the number.
type Sample = (String, Vec<(String, String)>, f64);

fn is_name(text: &str, colon: bool) -> bool {
    let mut characters = text.chars();
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_' || (colon && c == ':');
    characters.next().is_some_and(letter) && characters.all(|c| letter(c) || c.is_ascii_digit())
}

/// A quoted value up to its end, and what is after it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut characters) = (String::new(), text.strip_prefix('"')?.chars());
    loop {
        match characters.next()? {
            '"' => return Some((value, characters.as_str())),
            '\\' => value.push(match characters.next()? {
                'n' => '\n',
                c @ ('\\' | '"') => c,
                _ => return None,
            }),
            c => value.push(c),
        }
    }
}

fn sample(line: &str) -> Option<Sample> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = Vec::new();
    if let Some(mut inside) = rest.strip_prefix('{') {
        while !inside.starts_with('}') {
            let (label, after) = inside.split_once('=')?;
            let (value, after) = quoted(after)?;
            labels.push((label.to_owned(), value));
            inside = after.strip_prefix(',').unwrap_or(after);
        }
        rest = &inside[1..];
    }
    let holds = is_name(name, true) && labels.iter().all(|(label, _)| is_name(label, false));
    holds.then_some((name.to_owned(), labels, rest.trim().parse().ok()?))
}

/// Every sample; each family has one HELP and one TYPE before it and stands in one place, and no
/// sample stands twice.
fn read(text: &str) -> Vec<Sample> {
    assert!(text.ends_with('\n'));
    let (mut samples, mut families) = (Vec::new(), BTreeMap::new());
    let mut seen = BTreeSet::new();
    for line in text.split_terminator('\n') {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, _) = help.split_once(' ').expect("help has words");
            assert!(families.insert(name.to_owned(), None).is_none(), "{name} twice");
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').expect("a type");
            assert!(["counter", "gauge"].contains(&kind), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            families.insert(name.to_owned(), Some(kind.to_owned()));
        } else {
            let sample = sample(line).unwrap_or_else(|| panic!("no sample: {line:?}"));
            assert!(matches!(families.get(&sample.0), Some(Some(_))), "{line}");
            assert!(seen.insert((sample.0.clone(), sample.1.clone())), "twice: {line}");
            samples.push(sample);
        }
    }
    samples
}

fn value(samples: &[Sample], name: &str, label: Option<(&str, &str)>) -> Option<f64> {
    let has = |labels: &[(String, String)]| {
        label.is_none_or(|(l, v)| labels.contains(&(l.to_owned(), v.to_owned())))
    };
    samples.iter().find(|(n, labels, _)| n == name && has(labels)).map(|(.., value)| *value)
}

#[test]
fn what_the_agent_counts_is_what_is_read() {
    let samples = read(&text(&samples::status(), &[samples::rule("shell-dev-tcp")]));
    let rule = Some(("rule", "shell-dev-tcp"));
    let table = [
        ("daemoneye_up", None, 1.0),
        ("daemoneye_events_received_total", None, 12_345.0),
        ("daemoneye_events_stored_total", None, 12_300.0),
        ("daemoneye_events_lost_total", None, 7.0),
        ("daemoneye_degraded_reasons", None, 1.0),
        ("daemoneye_collector_shed_total", Some(("collector", "procmond")), 3.0),
        ("daemoneye_rule_offered_total", rule, 1_000.0),
        ("daemoneye_rules", Some(("state", "active")), 1.0),
        ("daemoneye_rules", Some(("state", "inert")), 0.0),
        ("daemoneye_sink_owed_total", Some(("sink", "file")), 1_015.0),
        ("daemoneye_sink_pending_alerts", Some(("sink", "file")), 12.0),
        ("daemoneye_sink_called", Some(("sink", "file")), 0.0),
    ];
    for (name, label, expected) in table {
        assert_eq!(value(&samples, name, label), Some(expected), "{name} {label:?}");
    }
}

#[test]
fn an_agent_that_does_not_answer_is_down_and_says_nothing_else() {
    let samples = read(&silence());
    assert_eq!(samples, [("daemoneye_up".to_owned(), Vec::new(), 0.0)]);
}

#[test]
fn an_agent_without_rules_sinks_and_collectors_is_read_as_well() {
    let mut status = samples::status();
    (status.collectors, status.sinks) = (Vec::new(), Vec::new());
    let samples = read(&text(&status, &[]));
    assert_eq!(value(&samples, "daemoneye_rules", Some(("state", "active"))), Some(0.0));
}

proptest! {
    #[test]
    fn names_from_elsewhere_come_back_as_they_were(id in ".*", pack in "[\"\\\\\n{}=, a]*") {
        let mut rule = samples::rule(&id);
        rule.pack.clone_from(&pack);
        let samples = read(&text(&samples::hostile(), &[rule]));
        let (_, labels, _) =
            samples.iter().find(|(name, ..)| name == "daemoneye_rule_fuel_total").expect("a rule");
        let of = |label: &str| labels.iter().find(|(l, _)| l == label).map(|(_, v)| v.clone());
        prop_assert_eq!((of("rule"), of("pack")), (Some(id), Some(pack)));
    }
}
