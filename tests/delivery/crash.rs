//! Kills, a full disk and a damaged outbox, with the real programs.

use std::collections::HashSet;
use std::time::Duration;

use daemoneye_tests::{Agent, Home};
use redb::{Database, TableDefinition};
use rustix::process::Signal;
use serde_json::Value as Json;

use super::feed::{self, Feed};
use super::wait_until;
use super::witness::Witness;

/// Alerts in one answer.
const MANY: &str = "10000";

fn sink<'a>(status: &'a Json, name: &str) -> &'a Json {
    let sinks = status["sinks"].as_array().into_iter().flatten();
    sinks.into_iter().find(|sink| sink["name"] == name).unwrap_or(&Json::Null)
}

fn alerts(agent: &Agent<'_>) -> Vec<Json> {
    agent.ask(&["alerts", "-n", MANY]).as_array().cloned().expect("alerts")
}

/// Waits until the agent has judged and delivered everything that the feed knows to be stored.
fn settle(agent: &mut Agent<'_>, feed: &Feed) {
    let expected = feed.acknowledged().count();
    wait_until("all alerts are recorded", || alerts(agent).len() >= expected);
    agent.wait_until("all delivered", |status| sink(status, "file")["pending"] == 0);
}

#[test]
fn whatever_moment_the_agent_is_killed_no_alert_is_lost() {
    let home = feed::home("");
    let mut witness = Witness::new(home.path("alerts"));
    let mut feed = Feed::new();
    for round in 0..6 {
        // Every other time the sink fails, so that alerts are on every part of their way.
        if round % 2 == 0 {
            witness.block();
        } else {
            witness.unblock();
        }
        let agent = Agent::start(&home);
        let life = Duration::from_millis(fastrand::u64(5..400));
        std::thread::scope(|scope| {
            let killed = scope.spawn(move || {
                // The moment is the damage: there is nothing to wait for.
                std::thread::sleep(life);
                agent.end(Signal::KILL)
            });
            while feed.publish(&home, 7) {}
            assert!(!killed.join().expect("killed").success(), "after {life:?}");
        });
    }
    witness.unblock();
    let mut agent = Agent::start(&home);
    assert!(feed.publish(&home, 7), "the agent is back");
    settle(&mut agent, &feed);

    let alerts = alerts(&agent);
    let delivered: HashSet<String> = witness.ids().into_iter().collect();
    let lost = alerts.iter().filter(|a| !delivered.contains(a["id"].as_str().expect("an id")));
    assert_eq!(lost.count(), 0, "of {} alerts", alerts.len());
    let lines: HashSet<&str> =
        alerts.iter().filter_map(|alert| alert["event"]["command_line"].as_str()).collect();
    let unjudged: Vec<String> =
        feed.acknowledged().filter(|line| !lines.contains(line.as_str())).collect();
    assert!(unjudged.is_empty(), "{unjudged:?}");
    let status = agent.ask(&["status"]);
    assert_eq!(sink(&status, "file")["dead"], 0, "{status:#}");
    assert_eq!(sink(&status, "file")["owed"], sink(&status, "file")["delivered"], "{status:#}");
}

#[test]
fn what_is_delivered_while_the_disk_is_full_gets_its_receipt_when_there_is_room() {
    let home = feed::home("");
    let mut witness = Witness::new(home.path("alerts"));
    witness.block();
    let mut agent = Agent::spawn_on_a_small_disk(&home);
    agent.wait_until("SteadyState", |status| status["state"] == "SteadyState");
    let mut feed = Feed::new();
    assert!(feed.publish(&home, 3));
    agent.wait_until("owed", |status| sink(status, "file")["pending"].as_u64() >= Some(3));

    agent.limit_files(Some(8 << 10));
    witness.unblock();
    let status = agent.wait_until("told", |status| {
        status["degraded"].to_string().contains("sink file: receipts are not recorded: disk full")
    });
    assert!(witness.ids().len() >= 3, "the sink's own disk has room");
    assert_eq!(sink(&status, "file")["delivered"], 0, "{status:#}");
    assert!(!feed.publish(&home, 3), "nothing is acknowledged that is not on disk");

    agent.limit_files(None);
    wait_until("room again", || feed.publish(&home, 1));
    settle(&mut agent, &feed);
    agent.wait_until("well", |status| !status["degraded"].to_string().contains("receipts"));
    let ids: HashSet<String> = witness.ids().into_iter().collect();
    assert!(alerts(&agent).iter().all(|alert| ids.contains(alert["id"].as_str().expect("an id"))));
}

/// Damages two alerts that are owed, as a bad disk would.
fn damage(home: &Home, numbers: &[u64]) {
    const ALERTS: TableDefinition<u64, &[u8]> = TableDefinition::new("alerts");
    let database = Database::open(home.path("data/store.redb")).expect("a store");
    let transaction = database.begin_write().expect("a transaction");
    for number in numbers {
        let mut alerts = transaction.open_table(ALERTS).expect("alerts");
        alerts.insert(number, &b"{\"id\":\"torn"[..]).expect("room");
    }
    transaction.commit().expect("a commit");
}

#[test]
fn an_alert_that_is_damaged_in_the_outbox_is_named_and_the_others_are_delivered() {
    let home = feed::home("");
    let mut witness = Witness::new(home.path("alerts"));
    witness.block();
    let mut agent = Agent::start(&home);
    let mut feed = Feed::new();
    assert!(feed.publish(&home, 5));
    let owed = |status: &Json| sink(status, "file")["pending"].as_u64();
    agent.wait_until("owed", |status| owed(status) >= Some(5));
    assert!(agent.end(Signal::TERM).success());
    damage(&home, &[2, 4]);
    witness.unblock();

    let mut agent = Agent::start(&home);
    let status = agent.wait_until("settled", |status| owed(status) == Some(0));
    assert_eq!(sink(&status, "file")["dead"], 2, "{status:#}");
    assert_eq!(sink(&status, "file")["oldest"], Json::Null, "{status:#}");
    let dead = agent.ask(&["alerts", "dead"]);
    for (letter, number) in [(&dead[0], 2), (&dead[1], 4)] {
        assert_eq!((&letter["number"], &letter["alert"]), (&number.into(), &Json::Null));
        let named = format!("alert {number}: EOF");
        assert!(letter["why"].as_str().is_some_and(|why| why.starts_with(&named)), "{letter}");
    }
    let delivered = sink(&status, "file")["delivered"].as_u64();
    assert_eq!(delivered, Some(witness.ids().len() as u64), "each of the others, once");
    assert!(delivered >= Some(3), "{status:#}");
}
