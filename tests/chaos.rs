//! Sensor, agent or both are killed at random moments under load: nothing that was acknowledged is
//! lost, nothing is stored twice, and the ledger holds.
//!
//! `cargo xtask chaos --rounds N` runs as many rounds as wanted and prints the table.

use std::fmt;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use daemoneye_bus::client::Client;
use daemoneye_bus::event::{Batch, Event, Field, Kind};
use daemoneye_bus::message::{Payload, Receipt, SourceBatch};
use daemoneye_tests::{Agent, Home, Tally, batches};
use rustix::process::{Pid, Signal, kill_process};

/// How many rounds, if `DAEMONEYE_CHAOS_ROUNDS` does not say.
const ROUNDS: u64 = 6;
/// Processes that live at the same time.
const LOAD: usize = 24;

/// Who is killed.
#[derive(Debug, Clone, Copy)]
enum Victim {
    Sensor,
    Agent,
    Both,
}

impl Victim {
    const ALL: [Victim; 3] = [Victim::Sensor, Victim::Agent, Victim::Both];
}

impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Victim::Sensor => "sensor",
            Victim::Agent => "agent",
            Victim::Both => "both",
        })
    }
}

fn kill(pid: i64) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a pid");
    // It may have been ended by the death of its agent.
    let _gone = kill_process(pid, Signal::KILL);
}

/// Starts and ends processes until it is told to stop.
fn load(stop: &AtomicBool) {
    let mut alive: Vec<Child> = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        alive.push(Command::new("/bin/sleep").arg("60").spawn().expect("sleep starts"));
        if alive.len() >= LOAD {
            end(alive.remove(0));
        }
        assert!(Command::new("/bin/true").status().expect("true starts").success());
    }
    alive.into_iter().for_each(end);
}

fn end(mut child: Child) {
    child.kill().expect("it sleeps");
    child.wait().expect("it ends");
}

fn assert_ledger_holds(home: &Home) {
    let output = home.daemoneye(&["ledger", "verify"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

/// Kills at a random moment; returns the agent that goes on.
fn round<'a>(home: &'a Home, agent: Agent<'a>, victim: Victim, life: Duration) -> Agent<'a> {
    let sensor = agent.sensor();
    // The moment is the damage: there is nothing to wait for.
    std::thread::sleep(life);
    if !matches!(victim, Victim::Agent) {
        kill(sensor);
    }
    let mut agent = match victim {
        Victim::Sensor => agent,
        Victim::Agent | Victim::Both => {
            assert!(!agent.end(Signal::KILL).success());
            Agent::start(home)
        }
    };
    agent.wait_until("another sensor", |status| {
        let collector = &status["collectors"][0];
        collector["alive"] == true && collector["registration"]["pid"].as_i64() != Some(sensor)
    });
    agent
}

/// Waits until the agent has everything that its sensor knows, and ends both.
fn settle(mut agent: Agent<'_>) {
    agent.wait_until("everything acknowledged", |status| {
        let heartbeat = &status["collectors"][0]["heartbeat"];
        heartbeat["waiting"] == 0 && heartbeat["seen"].as_u64() > Some(0)
    });
    assert!(agent.end(Signal::TERM).success());
}

#[test]
fn whoever_is_killed_at_whatever_moment_nothing_acknowledged_is_lost_or_doubled() {
    let rounds = std::env::var("DAEMONEYE_CHAOS_ROUNDS").ok();
    let rounds = rounds.map_or(ROUNDS, |rounds| rounds.parse().expect("a number of rounds"));
    let home = Home::new();
    let mut agent = Agent::start(&home);
    let stop = AtomicBool::new(false);
    eprintln!("round  killed  after ms  batches written so far");
    std::thread::scope(|scope| {
        scope.spawn(|| load(&stop));
        for number in 0..rounds {
            let victim = Victim::ALL[usize::try_from(number % 3).expect("below 3")];
            let life = Duration::from_millis(fastrand::u64(5..600));
            agent = round(&home, agent, victim, life);
            assert_ledger_holds(&home);
            let (after, written) = (life.as_millis(), batches(&home.path("data/procmond")).len());
            eprintln!("{:>5}  {victim:<6}  {after:>8}  {written:>22}", number + 1);
        }
        stop.store(true, Ordering::Relaxed);
        settle(agent);
    });
    assert_ledger_holds(&home);
    let tally = Tally::of(&home.path("data/procmond"), &home.path("data/store.redb"));
    let Tally { written, lost, doubled, missing, repeated } = tally;
    eprintln!("{rounds} rounds: {written} batches written, {lost} lost, {doubled} stored twice,");
    eprintln!("{missing} numbers missing, {repeated} numbers given twice; the ledger holds");
    assert!(written > 0, "there was a load");
    assert_eq!((lost, doubled, missing, repeated), (0, 0, 0, 0));
}

fn batch(number: u64) -> Payload {
    let event = Event::new(Kind::Start, 1).with(Field::CommandLine, "numbered");
    let batch = Batch::from_events([&event]).expect("one event");
    Payload::Events(SourceBatch { source: "test:1".to_owned(), number, lost: 0, batch })
}

#[test]
fn batches_that_never_came_are_an_alert() {
    let home = Home::new();
    let agent = Agent::start(&home);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let client = Client::connect(&home.socket(), "test").await.expect("an agent");
        for number in [1, 2, 5] {
            let receipt = client.publish("events.process.start", batch(number)).await;
            assert_eq!(receipt.expect("an agent"), Receipt::Done);
        }
    });
    let alert = agent.wait_for_alert("the gap", |alert| alert["rule"] == "(lost events)");
    assert_eq!(alert["title"], "2 batches of events of test:1 never came");
    assert_eq!(alert["shown"]["first_missing"], 3, "{alert}");
    let said = agent.ask(&["status"])["degraded"].to_string();
    assert!(said.contains("2 batches of events of test:1 never came"), "{said}");
}
