//! Whole files: what they say about themselves, filters, and rules that are inert here.

use crate::row::{compiled, fires, rule};
use crate::schema::schema;
use daemoneye_sdk::language::{About, Severity, Shown};
use daemoneye_sigma::compile;

const RULE: &str = "
title: A shell that speaks to the network
id: 929a690e-bef0-4204-a928-ef5e620d6fcc
name: shell
logsource:
    category: process_creation
    product: linux
tags: [attack.execution, attack.t1059.004]
detection:
    selection:
        CommandLine|contains: /dev/tcp/
    condition: selection
fields: [CommandLine, User, LogonGuid, command_line]
level: high
";

const FILTER: &str = "---
title: Not our health check
logsource:
    category: process_creation
filter:
    rules: [shell]
    selection:
        User: health
    condition: not selection
";

#[test]
fn a_rule_says_what_it_is_about_and_what_to_show() {
    let compiled = compiled(RULE);
    let about = About {
        id: Some("929a690e-bef0-4204-a928-ef5e620d6fcc".into()),
        title: Some("A shell that speaks to the network".into()),
        severity: Some(Severity::High),
        techniques: vec!["T1059.004".into()],
    };
    assert_eq!(compiled.about, about);
    let shown = [("CommandLine", "command_line"), ("User", "user_name")];
    let shown = shown.map(|(l, c)| Shown { label: l.into(), column: c.into() });
    assert_eq!(compiled.shown, shown);
    assert_eq!(compiled.columns, ["kind", "origin", "command_line"]);
    assert_eq!(compiled.inert, None);
}

#[test]
fn a_filter_narrows_the_rules_that_it_names() {
    let any = FILTER.replace("[shell]", "any");
    let id = FILTER.replace("shell", "929a690e-bef0-4204-a928-ef5e620d6fcc");
    for filter in [FILTER, &any, &id] {
        let text = [RULE, filter].concat();
        let row = |user| [("kind", "exec"), ("command_line", "> /dev/tcp/h"), ("user_name", user)];
        assert!(fires(&text, &row("eve")) && !fires(&text, &row("health")), "{filter}");
        assert!(fires(RULE, &row("health")));
    }
}

#[test]
fn a_rule_that_can_never_match_here_says_why() {
    let table: &[(&str, &str, Option<&str>)] = &[
        ("CommandLine: a", "product: linux", None),
        ("CommandLine: a", "product: windows", Some("is for windows, this host is linux")),
        (
            "CommandLine: a",
            "category: file_event",
            Some("needs the source category file_event, which the sensor here does not provide"),
        ),
        (
            "CommandLine: a",
            "product: linux\n    service: auditd",
            Some("needs the source service auditd, which the sensor here does not provide"),
        ),
        (
            "OriginalFileName: a",
            "product: linux",
            Some("needs the field original_file_name, which the sensor here does not provide"),
        ),
        (
            "GrandTotal|gt: 1\n    CommandLine: a\n    OriginalFileName: b",
            "product: linux",
            Some(
                "needs the fields GrandTotal, original_file_name, which the sensor here does not provide",
            ),
        ),
        ("GrandTotal: null", "product: linux", None),
        ("GrandTotal|neq: 1", "product: linux", None),
    ];
    for (selection, source, expected) in table {
        let text =
            rule(&format!("s:\n    {selection}\ncondition: s")).replace("product: linux", source);
        let compiled = compile(&schema(), Some("linux"), &text).expect("it compiles all the same");
        assert_eq!(compiled.inert.as_deref(), *expected, "{selection} {source}");
    }
}

#[test]
fn a_rule_that_may_match_without_a_field_is_not_inert() {
    let text = rule("s:\n    - OriginalFileName: a\n    - CommandLine: a\ncondition: s");
    assert_eq!(compiled(&text).inert, None);
    let filtered = "s:\n    CommandLine: a\nf:\n    Nothing: a\ncondition: s and not f";
    assert_eq!(compiled(&rule(filtered)).inert, None);
    assert!(fires(&rule(filtered), &[("command_line", "a")]));
}

#[test]
fn recorded_events_are_of_any_platform() {
    let text = RULE.replace("product: linux", "product: windows");
    assert_eq!(compiled(&text).inert, None);
}
