//! Questions while events come in, and questions that are given up.

use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use daemoneye_bus::client::Client;
use daemoneye_bus::event::{Batch, Event};
use daemoneye_bus::message::{Payload, Receipt, SourceBatch};
use daemoneye_tests::{Agent, Home, program};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value as Json;

use super::{event, json, now, seed};

/// What a source publishes while questions are asked.
const BATCHES: u64 = 150;
const ROWS_OF_BATCH: i64 = 100;
/// Questions that an agent answers at a time.
const MOST: usize = 4;
/// Nothing waits for a time; this only ends a test that would never end.
const PATIENCE: Duration = Duration::from_secs(60);

const COUNT: &str = "SELECT count(*), count(DISTINCT command_line) FROM process_events \
                     WHERE executable_path LIKE '/opt/seed/%'";

fn batch(number: u64) -> Payload {
    let of_batch = |row: i64| {
        let line = format!("seed --batch={number} --row={row}");
        event(now(), "seed", &line)
    };
    let events: Vec<Event> = (0..ROWS_OF_BATCH).map(of_batch).collect();
    let batch = Batch::from_events(&events).expect("events");
    Payload::Events(SourceBatch { source: "load:1".to_owned(), number, lost: 0, batch })
}

/// Publishes all batches, each until it is acknowledged.
fn publish(home: &Home) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let client = Client::connect(&home.socket(), "load").await.expect("an agent");
        for number in 1..=BATCHES {
            let begun = Instant::now();
            while client.publish("events.process.start", batch(number)).await.expect("an agent")
                != Receipt::Done
            {
                assert!(begun.elapsed() < PATIENCE, "batch {number} is never taken");
            }
        }
    });
}

/// How many events of the load are found, and how many different ones.
fn counted(home: &Home) -> (i64, i64) {
    let answer = json(&home.daemoneye(&["query", COUNT, "--format", "json"]));
    let row = &answer["rows"][0];
    let number = |column: usize| row[column].as_i64().unwrap_or_else(|| panic!("{answer}"));
    (number(0), number(1))
}

#[test]
fn questions_lose_no_event_that_comes_in_meanwhile() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    let expected = i64::try_from(BATCHES).expect("few") * ROWS_OF_BATCH;
    let mut asked = Vec::new();
    thread::scope(|scope| {
        let load = scope.spawn(|| publish(&home));
        while !load.is_finished() {
            asked.push(counted(&home));
        }
        load.join().expect("everything is published");
    });
    assert!(asked.iter().all(|(events, different)| events == different), "{asked:?}");
    assert!(asked.is_sorted(), "no event is found and then lost: {asked:?}");
    assert!(
        asked.iter().all(|(events, _)| events % ROWS_OF_BATCH == 0),
        "whole batches: {asked:?}"
    );
    assert_eq!(counted(&home), (expected, expected));
    let status = agent.wait_until("the account is closed", |status| {
        let number = |name: &str| status["events"][name].as_i64().unwrap_or_default();
        let is_stored = number("received") == number("stored") + number("duplicates");
        is_stored && number("judged") == number("stored") && number("stored") >= expected
    });
    assert!(!status["degraded"].to_string().contains("load:1"), "{status:#}");
}

/// Segments of few events, each of which is dear to decide: a pattern that must try everywhere.
fn seed_dear(home: &Home) {
    let hour = now() - 3_600_000_000;
    let line = |number: i64| format!("b{}{number}", "a".repeat(9_000));
    let segment = |first: i64| (first..first + 50).map(|n| event(hour + n, "seed", &line(n)));
    let segments: Vec<Vec<Event>> = (0..120).map(|n| segment(n * 50).collect()).collect();
    seed(home, &segments, 0);
}

fn ask_dear(home: &Home) -> Child {
    let pattern = |end: char| format!("command_line LIKE '%a__________________{end}%'");
    let patterns: Vec<String> = ('b'..='k').map(pattern).collect();
    let sql = format!("SELECT count(*) FROM process_events WHERE {}", patterns.join(" OR "));
    let mut command = Command::new(program("daemoneye"));
    command.env("DAEMONEYE_SOCKET", home.socket()).args(["query", &sql, "--timeout", "5min"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("daemoneye starts")
}

/// Asks until the answer is as wanted.
fn ask_until(home: &Home, what: &str, mut wanted: impl FnMut(&Output) -> bool) -> Output {
    let begun = Instant::now();
    loop {
        let answer = home.daemoneye(&["query", "SELECT name FROM process_events LIMIT 1"]);
        if wanted(&answer) {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "never {what}: {answer:?}");
    }
}

#[test]
fn an_interrupted_question_makes_room_for_another() {
    let home = Home::new();
    seed_dear(&home);
    let _agent = Agent::start(&home);
    let mut asked: Vec<Child> = Vec::new();
    // One that comes while the question below is answered may be the one that is refused.
    let refused = ask_until(&home, "too many questions", |answer| {
        asked.retain_mut(|child| child.try_wait().expect("a child").is_none());
        let is_refused = answer.status.code() == Some(70);
        if !is_refused {
            asked.resize_with(MOST, || ask_dear(&home));
        }
        is_refused
    });
    assert_eq!(asked.len(), MOST, "all of them are still being answered");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("4 questions are being answered"), "{said}");
    for child in &asked {
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a pid");
        kill_process(pid, Signal::INT).expect("it is ours");
    }
    for mut child in asked {
        assert!(!child.wait().expect("a child").success(), "it did not answer");
    }
    // Whether it is complete is a matter of the sensor.
    ask_until(&home, "an answer", |answer| matches!(answer.status.code(), Some(0 | 3)));
}

#[test]
fn a_question_that_ran_out_of_time_says_so_and_has_what_it_found() {
    let home = Home::new();
    seed_dear(&home);
    let _agent = Agent::start(&home);
    let ask = |sql: &str, timeout: &str| {
        home.daemoneye(&["query", sql, "--timeout", timeout, "--format", "json"])
    };
    let dear =
        "SELECT count(*) FROM process_events WHERE command_line LIKE '%a__________________b%'";
    let late = ask(dear, "100ms");
    assert_eq!(late.status.code(), Some(3), "{late:?}");
    let degraded = json(&late)["degraded"].to_string();
    assert!(degraded.contains("the time was over before"), "{degraded}");
    let cheap = ask("SELECT count(*) FROM process_events WHERE name = 'seed'", "60s");
    assert_eq!((cheap.status.code(), &json(&cheap)["degraded"]), (Some(0), &Json::Array(vec![])));
}
