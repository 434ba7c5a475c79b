//! Processes of this machine start, change and end.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};

use daemoneye_bus::event::{Event, Field, from_json};

use crate::harness::{Sensor, is_told, kind, pid_of, program, read, terminate};

#[test]
fn every_short_process_starts_once_and_stops_once_with_its_code() {
    if !is_told() {
        return;
    }
    let sensor = Sensor::start();
    let run = |code: i32| {
        let mut child =
            Command::new("sh").args(["-c", &format!("exit {code}")]).spawn().expect("sh");
        let pid = child.id();
        child.wait().expect("it ends");
        (pid, code)
    };
    let codes: HashMap<u32, i32> = (0..200).map(|i| run(i % 4)).collect();
    let (mut started, mut stopped) = (HashSet::new(), HashSet::new());
    while stopped.len() < codes.len() {
        let event = sensor.until(|event| codes.contains_key(&pid_of(event)));
        let (pid, key) = (pid_of(&event), event.text(Field::ProcessKey).expect("a key").to_owned());
        match kind(&event) {
            "start" => assert!(started.insert(key), "{event:?}"),
            "stop" => {
                assert_eq!(event.integer(Field::ExitCode), Some(i64::from(codes[&pid])));
                assert!(started.contains(&key), "{event:?}");
                assert!(stopped.insert(key), "{event:?}");
            }
            other => panic!("{other}: {event:?}"),
        }
    }
    assert!(sensor.end());
}

#[test]
fn a_program_whose_file_is_deleted_is_suspicious_and_its_signal_is_told() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sleeper");
    std::fs::copy("/bin/sleep", &path).expect("a copy");
    let sensor = Sensor::start();
    let mut child = Command::new(&path).arg("600").spawn().expect("starts");
    let started = sensor.about("start", child.id());
    assert_eq!(started.text(Field::ExecutablePath), path.to_str());
    assert_eq!(started.text(Field::ParentPath), std::env::current_exe().expect("one").to_str());
    std::fs::remove_file(&path).expect("removed");
    let suspicious = sensor.about("suspicious", child.id());
    assert_eq!(suspicious.text(Field::SuspiciousSeverity), Some("high"));
    assert_eq!(suspicious.text(Field::ExecutableState), Some("deleted"));
    assert_eq!(suspicious.text(Field::ExecutablePath), path.to_str());
    child.kill().expect("it lives");
    child.wait().expect("it ends");
    let stopped = sensor.about("stop", child.id());
    if sensor.end() {
        assert_eq!(stopped.integer(Field::ExitSignal), Some(9));
    }
}

#[test]
fn a_program_whose_file_is_replaced_is_suspicious_of_that() {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, other) = (directory.path().join("sleeper"), directory.path().join("other"));
    for copy in [&path, &other] {
        std::fs::copy("/bin/sleep", copy).expect("a copy");
    }
    let sensor = Sensor::start();
    let mut child = Command::new(&path).arg("600").spawn().expect("starts");
    sensor.about("start", child.id());
    std::fs::rename(&other, &path).expect("replaced");
    let suspicious = sensor.about("suspicious", child.id());
    let reason = suspicious.text(Field::SuspiciousReason);
    assert_eq!(reason, Some("executable replaced while running"));
    assert_eq!(suspicious.text(Field::SuspiciousSeverity), Some("medium"));
    assert_eq!(suspicious.text(Field::ExecutableState), Some("replaced"));
    assert_eq!(suspicious.text(Field::ExecutablePath), path.to_str());
    child.kill().expect("it lives");
    child.wait().expect("it ends");
    sensor.end();
}

/// Not a test of its own: what the next test runs, in a thread that is not the first of its process.
#[test]
fn peer_that_executes_from_a_thread() {
    if std::env::var_os("PROCMOND_TEST_PEER").is_some() {
        let error = Command::new("sleep").arg("600").exec();
        panic!("{error}");
    }
}

#[test]
fn an_exec_by_a_thread_is_neither_an_end_nor_another_process() {
    if !is_told() {
        return;
    }
    let sensor = Sensor::start();
    let mut peer = Command::new(std::env::current_exe().expect("one"));
    peer.args(["--exact", "processes::peer_that_executes_from_a_thread"]).stdout(Stdio::null());
    let mut child = peer.env("PROCMOND_TEST_PEER", "1").spawn().expect("starts");
    let mut told = Vec::new();
    while told.last().is_none_or(|last| last != "exec") {
        told.push(kind(&sensor.until(|event| pid_of(event) == child.id())).to_owned());
    }
    child.kill().expect("it lives");
    child.wait().expect("it ends");
    told.push(kind(&sensor.until(|event| pid_of(event) == child.id())).to_owned());
    told.retain(|kind| kind != "modify");
    assert_eq!(told, ["start", "exec", "stop"]);
    sensor.end();
}

#[test]
fn without_the_kernel_sweeps_see_what_lives_long_enough() {
    let mut child = program();
    let mut child = child
        .args(["--standalone", "--no-connector", "--interval", "100ms"])
        .spawn()
        .expect("starts");
    let mut sleeper = None;
    let lines = BufReader::new(child.stdout.take().expect("piped"));
    let mut told = Vec::new();
    read(lines, |event| {
        let sleeper =
            sleeper.get_or_insert_with(|| Command::new("sleep").arg("600").spawn().expect("sleep"));
        if pid_of(&event) == sleeper.id() {
            let absent = event.text(Field::Absent).unwrap_or_default();
            let is_unsupported = absent.contains("exit_code=unsupported");
            told.push((kind(&event).to_owned(), is_unsupported));
            sleeper.kill().expect("it lives, or waits for us");
        }
        if told.len() == 2 {
            sleeper.wait().expect("it ends");
            terminate(&child);
        }
        told.len() < 2
    });
    assert_eq!(told, [("start".to_owned(), false), ("stop".to_owned(), true)]);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

/// Not a test of its own: what the next test runs.
#[test]
fn peer_that_leads_a_session() {
    if std::env::var_os("PROCMOND_TEST_PEER").is_some() {
        rustix::process::setsid().expect("a new process leads nothing");
        std::io::stdin().read_to_end(&mut Vec::new()).expect("until the test says so");
    }
}

#[test]
fn a_process_that_leads_a_session_of_its_own_is_modified() {
    if !is_told() {
        return;
    }
    let sensor = Sensor::start();
    let mut peer = Command::new(std::env::current_exe().expect("one"));
    peer.args(["--exact", "processes::peer_that_leads_a_session"]).stdout(Stdio::null());
    let peer = peer.env("PROCMOND_TEST_PEER", "1").stdin(Stdio::piped());
    let mut child = peer.spawn().expect("starts");
    let modified = sensor.until(|event| {
        let fields = event.text(Field::ModifiedFields).unwrap_or_default();
        pid_of(event) == child.id() && fields.split(' ').any(|field| field == "session_id")
    });
    assert_eq!(modified.integer(Field::SessionId), Some(i64::from(child.id())));
    drop(child.stdin.take());
    child.wait().expect("it ends");
    sensor.end();
}

#[test]
fn once_tells_of_this_process_and_ends() {
    let output = program().arg("--once").output().expect("runs");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let events: Vec<Event> = text.lines().map(|line| from_json(line).expect("an event")).collect();
    let own =
        events.iter().find(|event| pid_of(event) == std::process::id()).expect("this process");
    assert_eq!(kind(own), "snapshot");
    let executable = std::env::current_exe().expect("one");
    assert_eq!(own.text(Field::ExecutablePath), executable.to_str());
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut child =
        program().args(["--standalone", "--interval", "100ms"]).spawn().expect("starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped"));
    let mut first = String::new();
    lines.read_line(&mut first).expect("a line");
    drop(lines);
    let status = wait_while_something_happens(&mut child);
    assert_eq!(status.code(), Some(0), "{status:?}");
    let mut said = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
    assert!(!said.to_lowercase().contains("pipe"), "{said}");
}

/// A closed pipe is noticed when there is something to write.
fn wait_while_something_happens(child: &mut Child) -> ExitStatus {
    loop {
        Command::new("sleep").arg("0.2").status().expect("sleep");
        if let Some(status) = child.try_wait().expect("a child") {
            return status;
        }
    }
}

#[test]
fn wrong_usage_is_told_apart_from_failure() {
    for (arguments, code) in [
        (vec!["--interval", "1"], 2),
        (vec!["--once", "--standalone"], 2),
        (vec!["--mark"], 2),
        (vec!["--redact", "("], 1),
    ] {
        let output = program().args(&arguments).output().expect("runs");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    }
}
