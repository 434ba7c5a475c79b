//! Dead letters, sinks that come and go, and the operator who decides.

use std::fs;

use daemoneye_tests::{Agent, Home};
use rustix::process::Signal;
use serde_json::{Value as Json, json};

use super::feed::{self, Feed};

/// One more sink, which does what `mode` says.
fn other(home: &Home, mode: &str) -> String {
    format!(
        "[[sinks]]\nname = \"other\"\nplugin = \"test/ungranted\"\n\
         grants = {{ console = true, directory = {:?} }}\nconfig = {{ mode = {mode:?} }}\n",
        home.path("other")
    )
}

fn sink(status: &Json, name: &str, what: &str) -> Json {
    let sinks = status["sinks"].as_array().into_iter().flatten();
    sinks.into_iter().find(|sink| sink["name"] == name).map_or(Json::Null, |s| s[what].clone())
}

fn numbers(letters: &Json) -> Vec<u64> {
    letters.as_array().into_iter().flatten().filter_map(|l| l["number"].as_u64()).collect()
}

#[test]
fn what_a_sink_rejects_can_be_listed_replayed_and_dropped() {
    let home = feed::home("");
    feed::configure(&home, &other(&home, "reject"));
    let mut agent = Agent::start(&home);
    assert!(Feed::new().publish(&home, 3));
    agent.wait_until("rejected", |status| sink(status, "other", "dead").as_u64() >= Some(3));
    let dead = agent.ask(&["alerts", "dead", "--sink", "other"]);
    assert_eq!((&dead[0]["why"], &dead[0]["tries"]), (&json!("as told"), &json!(1)), "{dead:#}");
    assert_eq!(agent.ask(&["alerts", "dead", "--sink", "file"]), json!([]));

    // Offered again, it is rejected again; the other sink is not asked.
    let delivered = agent.ask(&["status"]);
    let number = dead[0]["number"].to_string();
    assert_eq!(agent.ask(&["alerts", "replay", &number]), json!({ "replayed": 1 }));
    agent.wait_until("rejected again", |status| {
        sink(status, "other", "pending") == 0 && sink(status, "other", "dead").as_u64() >= Some(3)
    });
    let again = agent.ask(&["alerts", "dead", "--sink", "other"]);
    assert!(again[0]["died"].as_i64() > dead[0]["died"].as_i64(), "{again:#}");
    let id = dead[1]["alert"]["id"].as_str().expect("an id");
    assert_eq!(agent.ask(&["alerts", "drop", id]), json!({ "dropped": 1 }));
    assert_eq!(numbers(&agent.ask(&["alerts", "dead"])).len(), numbers(&again).len() - 1);
    assert_eq!(sink(&delivered, "file", "dead"), 0);
    for wrong in [["replay", "999999"].as_slice(), &["drop", "--all", "--sink", "nobody"]] {
        let output = home.daemoneye(&[&["alerts"], wrong].concat());
        assert_eq!(output.status.code(), Some(70), "{wrong:?}");
    }
    assert!(agent.end(Signal::TERM).success());

    // The sink works again, and gets what it had refused.
    feed::configure(&home, &other(&home, "append"));
    let mut agent = Agent::start(&home);
    let dead = numbers(&agent.ask(&["alerts", "dead"]));
    let replayed = agent.ask(&["alerts", "replay", "--all", "--sink", "other"]);
    assert_eq!(replayed, json!({ "replayed": dead.len() }));
    agent.wait_until("delivered", |status| {
        sink(status, "other", "pending") == 0 && sink(status, "other", "dead") == 0
    });
    let lines = fs::read_to_string(home.path("other/alerts")).expect("the sink's file");
    assert!(lines.lines().count() >= dead.len());
}

#[test]
fn a_removed_sink_keeps_its_debt_until_it_is_dropped_and_a_new_one_starts_with_new_alerts() {
    let home = feed::home("");
    feed::configure(&home, &other(&home, "retry"));
    let mut feed = Feed::new();
    let mut agent = Agent::start(&home);
    assert!(feed.publish(&home, 4));
    agent.wait_until("owed", |status| sink(status, "other", "pending").as_u64() >= Some(4));
    let retried = agent.wait_until("tried", |s| sink(s, "other", "retried").as_u64() >= Some(1));
    assert!(sink(&retried, "other", "oldest").as_i64().is_some(), "{retried:#}");
    assert!(agent.end(Signal::TERM).success());

    feed::configure(&home, "");
    let mut agent = Agent::start(&home);
    let status = agent.ask(&["status"]);
    assert_eq!(sink(&status, "other", "configured"), false);
    let debt = sink(&status, "other", "pending").as_u64().expect("a count");
    assert!(debt >= 4, "{status:#}");
    let output = home.daemoneye(&["alerts", "replay", "--all", "--sink", "other"]);
    assert_eq!(output.status.code(), Some(70), "nobody would deliver");
    assert!(feed.publish(&home, 2));
    agent.wait_until("delivered", |s| {
        sink(s, "file", "delivered").as_u64() >= Some(6) && sink(s, "file", "pending") == 0
    });
    let status = agent.ask(&["status"]);
    assert_eq!(sink(&status, "other", "pending"), debt, "what is removed is owed nothing new");
    let dropped = agent.ask(&["alerts", "drop", "--all", "--sink", "other"]);
    assert_eq!(dropped, json!({ "dropped": debt }));
    assert_eq!(sink(&agent.ask(&["status"]), "other", "name"), Json::Null, "nothing is left of it");
    assert!(agent.end(Signal::TERM).success());

    feed::configure(&home, &other(&home, "append"));
    let mut agent = Agent::start(&home);
    let before = sink(&agent.ask(&["status"]), "other", "owed").as_u64().unwrap_or(0);
    assert!(feed.publish(&home, 2));
    let status = agent.wait_until("delivered", |status| {
        sink(status, "other", "owed").as_u64() >= Some(before + 2)
            && sink(status, "other", "pending") == 0
    });
    let lines = fs::read_to_string(home.path("other/alerts")).expect("the sink's file");
    let owed = sink(&status, "other", "owed").as_u64().expect("a count");
    assert_eq!(lines.lines().count() as u64, owed - before, "only what is new");
}
