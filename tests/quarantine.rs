//! A rule that fails again and again under a running agent: an alert, evidence, quarantine, release.

use std::fs;

use daemoneye_tests::{Agent, Home, plugins};
use serde_json::Value as Json;

/// The only rule: its name is the mode of the misbehaving engine, which fails on every event.
const RULE: &str = "trap";

/// An agent's home in which the engine is the guest that misbehaves.
fn misbehaving() -> Home {
    let home = Home::new();
    fs::remove_dir_all(home.path("packs")).expect("packs");
    for folder in ["packs", "plugins", "data/rules"] {
        fs::create_dir_all(home.path(folder)).expect("a folder");
    }
    for name in ["sql.wasm", "sigma.wasm", "file.wasm"] {
        fs::copy(plugins().join(name), home.path("plugins").join(name)).expect("a plugin");
    }
    fs::copy(plugins().join("test/misbehaver.wasm"), home.path("plugins/engine.wasm"))
        .expect("an engine");
    let rule = home.path("data/rules").join(RULE).with_extension("sql");
    fs::write(rule, "SELECT pid FROM process_starts WHERE pid > 0\n").expect("a rule");
    let configuration = fs::read_to_string(home.path("agent.toml")).expect("a configuration");
    let ours = format!("{:?}", home.path("plugins"));
    fs::write(home.path("agent.toml"), configuration.replace(&format!("{:?}", plugins()), &ours))
        .expect("written");
    home
}

/// Each question to the agent is a process, and so an event that the rule fails on.
fn blind(agent: &mut Agent<'_>) -> Json {
    agent
        .wait_until("blind", |status| status["degraded"].to_string().contains("rule trap is blind"))
}

fn of_blindness(alert: &Json) -> bool {
    alert["rule"] == "(blind rule)" && alert["shown"]["rule"] == RULE
}

fn count(rule: &Json, what: &str) -> u64 {
    rule[what].as_u64().unwrap_or_else(|| panic!("no {what} in {rule:#}"))
}

#[test]
fn a_rule_that_fails_again_and_again_is_an_alert_with_evidence_and_its_account_closes() {
    let home = misbehaving();
    let mut agent = Agent::start(&home);
    let status = blind(&mut agent);
    assert!(count(&status["sandbox"], "restarts") >= 5, "{status:#}");
    assert!(count(&status["sandbox"], "fuel_per_ms") > 0, "{status:#}");
    let alert = agent.wait_for_alert("blindness", of_blindness);
    assert_eq!((&alert["pack"], &alert["severity"]), (&"(agent)".into(), &"high".into()));
    assert!(alert["event"]["kind"].is_string(), "the event that was not judged: {alert:#}");
    agent.wait_until("delivered", |status| count(&status["sinks"][0], "delivered") >= 1);
    let delivered = fs::read_to_string(home.path("alerts/alerts.jsonl")).expect("the sink's file");
    assert!(delivered.contains(alert["id"].as_str().expect("an id")), "{delivered}");

    let detail = agent.ask(&["rules", "show", RULE]);
    let rule = &detail["rule"];
    assert_eq!(rule["state"], "quarantined", "{detail:#}");
    let outcomes = ["filtered", "judged", "over_budget", "faulted", "shed"];
    let accounted: u64 = outcomes.iter().map(|what| count(rule, what)).sum();
    assert_eq!(count(rule, "offered"), accounted, "{rule:#}");
    assert_eq!(count(rule, "matched"), 0, "{rule:#}");
    let event = &detail["unevaluated"][0];
    assert!(count(event, "segment") > 0, "{detail:#}");
    assert!(event["why"].as_str().is_some_and(|why| why.starts_with("trapped")), "{detail:#}");
}

#[test]
fn an_operator_releases_a_rule_and_is_told_when_there_is_nothing_to_release() {
    let home = misbehaving();
    let mut agent = Agent::start(&home);
    blind(&mut agent);
    let first = agent.wait_for_alert("blindness", of_blindness);
    let released = home.daemoneye(&["rules", "release", RULE]);
    assert_eq!(released.status.code(), Some(0), "{released:?}");
    // It fails as before, and that is another alert.
    let since = first["shown"]["blind_since"].as_i64();
    let again =
        |alert: &Json| of_blindness(alert) && alert["shown"]["blind_since"].as_i64() > since;
    agent.wait_for_alert("blindness again", again);
    agent.wait_for_answer(&["ledger", "acts"], "both in the ledger, in their order", |acts| {
        let acts = acts.as_array().into_iter().flatten().map(|act| act["act"].clone());
        let acts: Vec<_> = acts.filter(|act| act.to_string().contains(".rule-")).collect();
        let turns = ["agent.rule-quarantined", "agent.rule-released", "agent.rule-quarantined"];
        acts.len() >= turns.len() && acts[..turns.len()] == turns
    });

    let unknown = home.daemoneye(&["rules", "release", "unheard-of"]);
    assert_eq!(unknown.status.code(), Some(70), "{unknown:?}");
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("no rule \"unheard-of\""));
    let shown = home.daemoneye(&["rules", "show", "unheard-of"]);
    assert_eq!(shown.status.code(), Some(70), "{shown:?}");
}

#[test]
fn a_rule_that_is_not_in_quarantine_is_not_released() {
    let home = Home::new();
    let _agent = Agent::start(&home);
    let refused = home.daemoneye(&["rules", "release", "shell-dev-tcp"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(70), "{said}");
    assert!(said.contains("is not in quarantine"), "{said}");
}
