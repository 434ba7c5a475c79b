//! The real program without an agent: what happens on this machine comes out as JSON lines.
#![cfg(target_os = "linux")]

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use daemoneye_bus::event::{Event, Field, from_json};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// Longer than any of this takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

struct Sensor {
    child: Child,
    events: Receiver<Event>,
}

impl Sensor {
    /// Starts and waits for the first sweep: from then on everything is seen.
    fn start() -> Self {
        Sensor::start_with(&[])
    }

    fn start_with(arguments: &[&str]) -> Self {
        let mut program = program();
        program.args(["--standalone", "--interval", "500ms"]).args(arguments);
        let mut child = program.spawn().expect("starts");
        let (sender, events) = channel();
        let lines = BufReader::new(child.stdout.take().expect("piped"));
        std::thread::spawn(move || read(lines, |event| sender.send(event).is_ok()));
        let sensor = Sensor { child, events };
        sensor.until(|event| kind(event) == "snapshot");
        sensor
    }

    /// The next event that is wanted.
    fn until(&self, is_wanted: impl Fn(&Event) -> bool) -> Event {
        let event = || self.events.recv_timeout(PATIENCE).expect("the event in time");
        std::iter::repeat_with(event).find(is_wanted).expect("without end")
    }

    /// The next event of this kind about this process.
    fn about(&self, wanted: &str, pid: u32) -> Event {
        self.until(|event| kind(event) == wanted && pid_of(event) == pid)
    }

    /// Ends it and says whether it has seen all along what the kernel tells.
    fn end(mut self) -> bool {
        terminate(&self.child);
        let status = self.child.wait().expect("it ends");
        assert_eq!(status.code(), Some(0), "{status:?}");
        let mut said = String::new();
        self.child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
        let is_told = !said.contains("proc connector:");
        if !is_told {
            eprintln!("SKIPPED: {said}");
        }
        is_told
    }
}

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_procmond"));
    program.env_remove("DAEMONEYE_BUS_SOCKET").env_remove("DAEMONEYE_LOG");
    program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    program
}

fn read(lines: BufReader<ChildStdout>, mut take: impl FnMut(Event) -> bool) {
    for line in lines.lines() {
        let line = line.expect("UTF-8");
        if !take(from_json(&line).expect("an event")) {
            return;
        }
    }
}

fn terminate(child: &Child) {
    let pid = Pid::from_child(child);
    kill_process(pid, Signal::TERM).expect("it lives");
}

fn kind(event: &Event) -> &str {
    event.text(Field::Kind).expect("every event has a kind")
}

fn pid_of(event: &Event) -> u32 {
    event.integer(Field::Pid).and_then(|pid| u32::try_from(pid).ok()).expect("every event has one")
}

/// Whether the kernel tells of processes here; says so if it does not.
fn is_told() -> bool {
    Sensor::start().end()
}

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
    peer.args(["--exact", "peer_that_executes_from_a_thread"]).stdout(Stdio::null());
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
            told.push((kind(&event).to_owned(), event.text(Field::Absent).map(str::to_owned)));
            sleeper.kill().expect("it lives, or waits for us");
        }
        if told.len() == 2 {
            sleeper.wait().expect("it ends");
            terminate(&child);
        }
        told.len() < 2
    });
    let reason = Some("exit_code=unsupported".to_owned());
    assert_eq!(told, [("start".to_owned(), None), ("stop".to_owned(), reason)]);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
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

/// The event without its numbers and times: all text that it has.
fn texts(event: &Event) -> String {
    Field::ALL.iter().filter_map(|field| event.text(*field)).collect::<Vec<_>>().join("\n")
}

#[test]
fn no_event_has_a_secret_and_rules_can_match_its_mark() {
    let directory = tempfile::tempdir().expect("a directory");
    let key = directory.path().join("redaction.key");
    let key = ["--redaction-key", key.to_str().expect("UTF-8")];
    let sensor = Sensor::start_with(&key);
    let script = ["-c", "sleep 600; true", "sh", "--port", "8080", "--password", "hunter2"];
    let mut child = Command::new("sh").args(script).process_group(0).spawn().expect("sh");
    let pid = i64::from(child.id());
    let started = sensor.about("start", child.id());
    let sleeper = sensor.until(|event| event.integer(Field::ParentPid) == Some(pid));
    kill_process_group(Pid::from_child(&child), Signal::KILL).expect("it lives");
    child.wait().expect("it ends");
    sensor.end();

    let mut asked = program().arg("--mark").args(key).stdin(Stdio::piped()).spawn().expect("runs");
    asked.stdin.take().expect("piped").write_all(b"hunter2\n").expect("read");
    let mark = String::from_utf8(asked.wait_with_output().expect("ends").stdout).expect("text");
    let expected = format!("--port 8080 --password {}", mark.trim());
    for event in [&started, &sleeper] {
        assert!(texts(event).contains(&expected), "{event:?}");
        assert!(!texts(event).contains("hunter2"), "{event:?}");
    }
}

#[test]
fn secrets_stay_only_where_somebody_says_so() {
    let sensor = Sensor::start_with(&["--no-redaction"]);
    let script = ["-c", "sleep 600; true", "sh", "--password", "hunter2"];
    let mut child = Command::new("sh").args(script).process_group(0).spawn().expect("sh");
    let started = sensor.about("start", child.id());
    kill_process_group(Pid::from_child(&child), Signal::KILL).expect("it lives");
    child.wait().expect("it ends");
    sensor.end();
    assert!(texts(&started).contains("--password hunter2"), "{started:?}");
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
