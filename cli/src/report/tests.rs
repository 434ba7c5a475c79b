//! What the page says, and what it never lets through.

use super::*;
use crate::render::samples::{HOSTILE, alert, hostile, look, rule, status};
use daemoneye_bus::alert::Evidence;

fn facts<'a>(status: &'a Status, rules: &'a [RuleStatus], alerts: &'a [Alert]) -> Facts<'a> {
    Facts { status, rules, alerts, more: false, from: 0 }
}

#[test]
fn the_page_tells_alerts_rules_and_what_became_of_events() {
    let alert =
        Alert { techniques: vec!["T1059.004".to_owned()], ..alert("bash -i", Severity::High) };
    let rules = [rule("shell-dev-tcp")];
    let page = page(&facts(&status(), &rules, &[alert]), &look(80));
    for said in [
        "Shell opens",
        "<b>1</b> high",
        "bash -i",
        "Command and Scripting Interpreter",
        "12,300",
        "Not complete.",
        "7 events were lost before they came",
    ] {
        assert!(page.contains(said), "{said:?} is not in {page}");
    }
}

#[test]
fn only_a_time_in_which_all_was_well_is_complete() {
    let mut status = status();
    status.degraded.clear();
    status.events.lost = 0;
    status.collectors[0].registration.degraded.clear();
    let look = look(80);
    let complete = |facts: &Facts<'_>| page(facts, &look).contains("<b>Complete.</b>");
    assert!(complete(&facts(&status, &[], &[])));
    assert!(!complete(&Facts { more: true, ..facts(&status, &[], &[]) }));
    assert!(!complete(&Facts { from: -1, ..facts(&status, &[], &[]) }));
    let damages: [fn(&mut Status); 4] = [
        |status| status.state = AgentState::Loading,
        |status| status.events.lost = 1,
        |status| status.collectors[0].alive = false,
        |status| status.degraded.push("store: disk full".to_owned()),
    ];
    for damage in damages {
        let mut damaged = status.clone();
        damage(&mut damaged);
        assert!(!complete(&facts(&damaged, &[], &[])), "{damaged:?}");
    }
}

#[test]
fn nothing_that_a_process_wrote_becomes_markup() {
    let calm = [alert("x", Severity::Critical)];
    let calm = page(&facts(&status(), &[rule("x")], &calm), &look(80));
    let evil =
        format!("</title></style></svg>\"'><script>alert(1)</script><img src=x>{HOSTILE}&amp;");
    let mut alert = alert(&evil, Severity::Critical);
    let text = || evil.clone();
    (alert.id, alert.rule, alert.title, alert.pack) = (text(), text(), text(), text());
    alert.techniques = vec![text()];
    alert.evidence = vec![Evidence { clause: text(), field: text(), value: text() }];
    for field in ["name", "executable_path", "user_name", "cwd", "process_key", "parent_path"] {
        alert.event.insert(field.to_owned(), evil.as_str().into());
    }
    let ancestry = serde_json::json!([{ "pid": 1, "name": evil, "path": evil }]).to_string();
    alert.event.insert("ancestry".to_owned(), ancestry.into());
    let mut rule = RuleStatus { techniques: vec![text()], why: vec![text()], ..rule(&evil) };
    rule.title = text();
    let mut status = hostile();
    status.degraded = vec![text()];
    let page = page(&facts(&status, &[rule], &[alert]), &look(80));
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
    for end in ["</title>", "</style>"] {
        assert_eq!(page.matches(end).count(), calm.matches(end).count(), "{end}");
    }
    assert!(!page.contains(['\u{202e}', '\u{2066}', '\x1b', '\0', '\u{9b}']));
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let page = page(&facts(&status(), &[rule("x")], &[alert("x", Severity::Low)]), &look(80));
    for word in ["http:", "https:", "url(", "@import", "<link", "<script", "src="] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("default-src 'none'"));
}
