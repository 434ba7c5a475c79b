//! Secrets in command lines of this machine.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use daemoneye_bus::event::Field;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::harness::{Sensor, program, texts};

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
