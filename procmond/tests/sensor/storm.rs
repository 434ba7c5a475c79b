//! Many short processes at once: each is seen, or counted as lost.

use std::collections::HashMap;
use std::process::Command;

use daemoneye_bus::event::{Event, Field};

use crate::harness::{Sensor, is_told, kind};

/// Processes that live at a time, and how often.
const AT_ONCE: usize = 16;
const ROUNDS: usize = 25;

/// How many events the program said at its end that it has lost.
fn lost(said: &str) -> usize {
    let number = said
        .split("lost=")
        .nth(1)
        .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    number.map_or(0, |number| number.parse().expect("a number"))
}

/// Without its colours, as a log is written to a terminal.
fn plain(said: &str) -> String {
    let mut pieces = said.split('\u{1b}');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn every_exec_of_a_storm_is_seen_or_counted_as_lost() {
    if !is_told() {
        return;
    }
    let sensor = Sensor::start();
    let mut expected = Vec::new();
    for round in 0..ROUNDS {
        let start = |number| {
            let word = format!("storm-{round}-{number}");
            let child = Command::new("/bin/true").arg(&word).spawn().expect("true");
            (word, child)
        };
        for (word, mut child) in (0..AT_ONCE).map(start).collect::<Vec<_>>() {
            child.wait().expect("it ends");
            expected.push((child.id(), word));
        }
    }
    let mut last = Command::new("sleep").arg("600").spawn().expect("sleep");
    // What is told before the last is not read yet, so it is waited for and kept.
    let mut events = Vec::new();
    sensor.until(|event| {
        events.push(event.clone());
        kind(event) == "start" && event.integer(Field::Pid) == Some(i64::from(last.id()))
    });
    last.kill().expect("it lives");
    last.wait().expect("it ends");
    let (rest, said) = sensor.rest();
    events.extend(rest);

    let starts = events.iter().filter(|event| kind(event) == "start");
    let starts = starts.filter(|event| event.text(Field::Origin) == Some("exec"));
    let mut by_pid: HashMap<i64, Vec<&Event>> = HashMap::new();
    for event in starts {
        by_pid.entry(event.integer(Field::Pid).expect("a pid")).or_default().push(event);
    }
    let seen: Vec<_> = expected
        .iter()
        .filter_map(|(pid, word)| Some((by_pid.get(&i64::from(*pid))?.last()?, word)))
        .collect();
    let (lost, missing) = (lost(&plain(&said)), expected.len() - seen.len());
    assert!(missing <= lost, "{missing} are missing and {lost} are counted: {said}");
    for (event, word) in seen {
        let is_whole =
            event.text(Field::CommandLine).is_some_and(|line| line.ends_with(word.as_str()));
        let absent = event.text(Field::Absent).unwrap_or_default();
        assert!(is_whole || absent.contains("command_line=gone"), "{event:?}");
    }
}
