//! Questions to a running agent over what its store has: as people ask them, with real programs.

mod load;

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::process::Output;
use std::time::{SystemTime, UNIX_EPOCH};

use daemoneye_bus::event::{Batch, Event, Field, Kind};
use daemoneye_bus::message::SourceBatch;
use daemoneye_store::{Commit, SegmentId, Store};
use daemoneye_tests::{Agent, Home};
use serde_json::{Value as Json, json};

/// Colours, another direction, another line, quotes, a separator.
const HOSTILE: &str = "x\x1b[31m\u{202e}gpj\r\n\"quoted\",\u{2028}end";
/// No question is about what the running sensor sees, or misses.
const BEFORE: [&str; 2] = ["--until", "10min"];
/// Rows of a segment that no other has.
const ROWS: usize = 333;

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    i64::try_from(since.as_micros()).expect("a time")
}

/// Commits segments of events that a sensor had seen an hour ago, as judged.
fn seed(home: &Home, segments: &[Vec<Event>], lost: u64) {
    let store = Store::open(&home.path("data/store.redb")).expect("a store");
    let batches = (1..).zip(segments).map(|(number, events)| SourceBatch {
        source: "seed".to_owned(),
        number,
        lost: if number == 1 { lost } else { 0 },
        batch: Batch::from_events(events).expect("events"),
    });
    let batches: Vec<SourceBatch> = batches.collect();
    let judged = Some(SegmentId(batches.len() as u64));
    store.commit(&Commit { batches, judged, ..Commit::default() }).expect("room");
}

fn event(time: i64, name: &str, line: &str) -> Event {
    Event::new(Kind::Start, time)
        .with(Field::Pid, 4_711)
        .with(Field::Name, name)
        .with(Field::ExecutablePath, format!("/opt/seed/{name}"))
        .with(Field::CommandLine, line)
}

fn json(output: &Output) -> Json {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn a_question_is_answered_in_every_form_and_hostile_text_stays_text() {
    let home = Home::new();
    let (hour, long) = (now() - 3_600_000_000, "x".repeat(1 << 20));
    let lines = ["seed --one", HOSTILE, &long, "seed --two"];
    let events = (0..).zip(lines).map(|(n, line)| event(hour + n, "seed", line)).collect();
    seed(&home, &[events], 0);
    let _agent = Agent::start(&home);
    let sql = "SELECT time - ?1 AS at, command_line FROM process_starts WHERE name = :name \
               AND executable_path LIKE '/opt/seed/%' ORDER BY at DESC";
    let hour = hour.to_string();
    let ask = |format: &str| {
        let words = ["query", sql, "--param", &hour, "--param", "name=SEED", "--since", "2h"];
        let answer = home.daemoneye(&[&words[..], &BEFORE, &["--format", format]].concat());
        assert_eq!(answer.status.code(), Some(0), "{answer:?}");
        answer
    };
    let document = json(&ask("json"));
    let expected = json!([[3, lines[3]], [2, lines[2]], [1, lines[1]], [0, lines[0]]]);
    assert_eq!(document["rows"], expected);
    assert_eq!((&document["complete"], &document["more"]), (&json!(true), &json!(false)));
    let text = String::from_utf8(ask("jsonl").stdout).expect("UTF-8");
    let rows: Vec<Json> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((rows.len(), &rows[2]["command_line"]), (4, &json!(HOSTILE)));
    let csv = String::from_utf8(ask("csv").stdout).expect("UTF-8");
    assert!(csv.contains(&format!("1,\"{}\"\r\n", HOSTILE.replace('"', "\"\""))), "{csv:.300}");
    let table = String::from_utf8(ask("table").stdout).expect("UTF-8");
    assert!(!table.chars().any(|c| c.is_control() && c != '\n'), "{table}");
    assert!(table.contains("\\u{1b}[31m") && table.contains("4 rows of "), "{table}");
    let refused = home.daemoneye(&["query", "SELECT nmae FROM process_starts"]);
    assert_eq!(refused.status.code(), Some(70));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("1:8: unknown column `nmae` (did you mean `name`?)"), "{said}");
}

#[test]
fn damage_and_losses_are_named_and_the_rest_is_answered() {
    let home = Home::new();
    let hour = now() - 3_600_000_000;
    let some = |first: i64, rows: usize| {
        let times = (first..).take(rows);
        times.map(|n| event(hour + n, "seed", &format!("seed --n={n}"))).collect::<Vec<_>>()
    };
    seed(&home, &[some(0, ROWS), some(1_000, 400), some(2_000, 500)], 7);
    let agent = Agent::start(&home);
    let sql = "SELECT count(*) FROM process_events WHERE executable_path = '/opt/seed/seed'";
    let query = |sql| home.daemoneye(&[&["query", sql, "--format", "json"][..], &BEFORE].concat());
    let ask = || query(sql);
    let before = ask();
    assert_eq!(before.status.code(), Some(3), "7 events were lost");
    let before = json(&before);
    assert_eq!(before["rows"], json!([[1_233]]));
    assert_eq!(before["degraded"], json!(["7 events of this time were lost"]));
    assert!(agent.end(rustix::process::Signal::TERM).success());

    flip(&home, hour);
    let _agent = Agent::start(&home);
    let after = json(&ask());
    assert_eq!(after["rows"], json!([[900]]));
    let degraded = after["degraded"].to_string();
    assert!(degraded.contains("1 segments cannot be read: 1 (checksum "), "{degraded}");
    let later = format!("{sql} AND time >= {}", hour + 1_000);
    let later = query(&later);
    assert_eq!((later.status.code(), &json(&later)["rows"]), (Some(0), &json!([[900]])));
}

/// Flips a bit in the first segment.
fn flip(home: &Home, hour: i64) {
    let path = home.path("data/store.redb");
    let bytes = fs::read(&path).expect("the store");
    let rows = u32::try_from(ROWS).expect("few").to_le_bytes();
    let header = [&rows[..], &hour.to_le_bytes()].concat();
    let places = bytes.windows(header.len()).enumerate().filter(|(_, found)| *found == header);
    // Before the rows stand a segment's version and its checksum; spans have rows and times, too.
    let places = places.map(|(place, _)| place).filter(|place| bytes[place - 5] == 2);
    let places: Vec<usize> = places.collect();
    assert!(!places.is_empty(), "the segment is nowhere in the file");
    let file = OpenOptions::new().write(true).open(&path).expect("the store");
    for at in places.into_iter().map(|place| place + 200) {
        file.write_all_at(&[bytes[at] ^ 4], at as u64).expect("room");
    }
}

#[test]
fn a_rule_that_is_tried_raises_nothing_and_says_what_it_would_have_raised() {
    let home = Home::new();
    let hour = now() - 3_600_000_000;
    let events =
        (0..6).map(|n| event(hour + n, if n % 2 == 0 { "one" } else { "two" }, "seed --bad"));
    seed(&home, &[events.collect()], 0);
    let agent = Agent::start(&home);
    let rule = "-- title: A seed\nSELECT pid, command_line FROM process_starts \
                WHERE command_line = 'seed --bad'";
    fs::write(home.path("seed.sql"), rule).expect("a file");
    let path = |name: &str| home.path(name).display().to_string();
    let tried =
        home.daemoneye(&["rules", "test", &path("seed.sql"), "-n", "2", "--format", "json"]);
    assert_eq!(tried.status.code(), Some(1), "{tried:?}");
    let report = json(&tried);
    assert_eq!(
        (&report["id"], &report["matched"], &report["programs"]),
        (&json!("seed"), &json!(6), &json!(2))
    );
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(2));
    assert!(report["fuel"].as_u64() > Some(0), "{report}");
    let none = home.daemoneye(&["rules", "test", &path("seed.sql"), "--since", "1s"]);
    assert_eq!(none.status.code(), Some(0), "{none:?}");
    let alerts = agent.ask(&["alerts", "--state", "all", "-n", "10000"]);
    let alerts = alerts.as_array().expect("a list");
    assert!(alerts.iter().all(|alert| alert["rule"] != "seed"), "nothing is alerted");
    let wrong = "SELECT pid FROM process_starts WHERE";
    fs::write(home.path("wrong.sql"), wrong).expect("a file");
    let refused = home.daemoneye(&["rules", "test", &path("wrong.sql")]);
    assert_eq!(refused.status.code(), Some(70), "{refused:?}");
}
