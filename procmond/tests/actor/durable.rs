//! What was seen survives the sensor's own death, and a full disk.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use daemoneye_bus::control::CollectorMessage;
use daemoneye_bus::event::Field;
use daemoneye_bus::message::{Payload, Receipt, SourceBatch};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

use crate::agent::{Agent, ended, procmond, tells_of_this_process, within};

fn kill(mut child: Child) {
    child.kill().expect("it lives");
    child.wait().expect("it ends");
}

/// So that files over the limit are a full disk to it, and not its end.
fn procmond_on_a_small_disk(socket: &Path) -> Child {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_procmond")]);
    shell.args(["--heartbeat", "100ms", "--interval", "200ms", "--bus"]).arg(socket);
    shell.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("starts")
}

fn limit_files(child: &Child, bytes: Option<u64>) {
    let limit = Rlimit { current: bytes, maximum: None };
    prlimit(Some(Pid::from_child(child)), Resource::Fsize, limit).expect("a limit");
}

fn segments(socket: &Path) -> Vec<PathBuf> {
    let data = socket.parent().and_then(Path::parent).expect("a folder");
    let folder = data.join("procmond/wal").read_dir().expect("a log");
    folder.map(|entry| entry.expect("a file").path()).collect()
}

/// The numbers of the events.
fn sequences(batch: &SourceBatch) -> Vec<i64> {
    batch.batch.events().filter_map(|event| event.integer(Field::Sequence)).collect()
}

/// The numbers of the events that have come and are acknowledged now.
fn taken(agent: &mut Agent) -> Vec<i64> {
    let mut numbers = Vec::new();
    while let Ok(delivery) = agent.events.try_recv() {
        if let Payload::Events(batch) = &delivery.payload {
            numbers.extend(sequences(batch));
        }
        delivery.receipt.send(Receipt::Done).expect("procmond waits");
    }
    numbers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_and_not_acknowledged_is_sent_by_the_next_run_and_nothing_else() {
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("run/bus.sock");
    let mut agent = Agent::start(&socket);
    let first_run = procmond(&socket, &["--interval", "200ms"]);
    let first = agent.registered().await;
    while agent.heartbeat().await.waiting == 0 {}
    kill(first_run);

    let second_run = procmond(&socket, &["--interval", "200ms"]);
    let second = agent.registered().await;
    assert_eq!(second.source, first.source, "numbers go on from one run to the next");
    agent.ask(CollectorMessage::BeginMonitoring).await;
    let mut batch = agent.batch(Receipt::Done).await;
    assert_eq!(batch.number, 1);
    let mut acknowledged = 1;
    while !tells_of_this_process(&batch) {
        batch = agent.batch(Receipt::Done).await;
        acknowledged += 1;
        assert_eq!(batch.number, acknowledged);
    }
    while agent.heartbeat().await.waiting > 0 {
        while let Ok(delivery) = agent.events.try_recv() {
            delivery.receipt.send(Receipt::Done).expect("procmond waits");
            acknowledged += 1;
        }
    }
    kill(second_run);

    let third_run = procmond(&socket, &[]);
    assert_eq!(agent.registered().await.source, first.source);
    agent.ask(CollectorMessage::BeginMonitoring).await;
    let next = agent.batch(Receipt::Done).await;
    assert!(next.number > acknowledged, "{} after {acknowledged}", next.number);
    kill(third_run);
    agent.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_events_wait_and_are_published_without_a_gap_when_there_is_room() {
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("run/bus.sock");
    let mut agent = Agent::start(&socket);
    let child = procmond_on_a_small_disk(&socket);
    agent.registered().await;
    agent.ask(CollectorMessage::BeginMonitoring).await;
    let first = agent.batch(Receipt::Done).await;
    let mut told = sequences(&first);
    limit_files(&child, Some(1));
    while !agent.heartbeat().await.stuck {
        Command::new("true").status().expect("true");
        told.extend(taken(&mut agent));
    }
    limit_files(&child, None);
    while agent.heartbeat().await.stuck {
        told.extend(taken(&mut agent));
    }
    let next = agent.batch(Receipt::Done).await;
    assert!(next.number > first.number && next.source == first.source, "{next:?}");
    told.extend(sequences(&next));
    while agent.heartbeat().await.waiting > 0 {
        told.extend(taken(&mut agent));
    }
    told.sort_unstable();
    let all: Vec<i64> = (1..=told.len() as i64).collect();
    assert_eq!(told, all, "each event that was seen came once");
    kill(child);
    agent.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torn_log_is_told_and_numbers_begin_anew_under_another_source() {
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("run/bus.sock");
    let mut agent = Agent::start(&socket);
    let child = procmond(&socket, &[]);
    let before = agent.registered().await;
    while agent.heartbeat().await.waiting == 0 {}
    kill(child);
    let newest = segments(&socket).into_iter().max().expect("a segment");
    let bytes = std::fs::read(&newest).expect("readable");
    std::fs::write(&newest, [&bytes[..], b"DWR1 torn"].concat()).expect("room");

    let child = procmond(&socket, &[]);
    let after = agent.registered().await;
    assert!(after.source.starts_with(&format!("{}.", before.source)), "{after:?}");
    assert!(after.degraded.iter().any(|why| why.contains("9 torn bytes")), "{after:?}");
    agent.ask(CollectorMessage::BeginMonitoring).await;
    assert_eq!(agent.batch(Receipt::Done).await.source, before.source, "what waited");
    let anew = loop {
        Command::new("true").status().expect("true");
        if let Ok(delivery) = agent.events.try_recv() {
            let Payload::Events(batch) = delivery.payload else { continue };
            delivery.receipt.send(Receipt::Done).expect("procmond waits");
            if batch.source == after.source {
                break batch;
            }
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(anew.number, 1);
    kill(child);
    agent.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_sensor_waits_for_the_first_and_ends_if_it_stays() {
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("run/bus.sock");
    let mut agent = Agent::start(&socket);
    let first = procmond(&socket, &[]);
    agent.registered().await;
    assert_eq!(ended(procmond(&socket, &["--patience", "200ms"])).await, Some(1));
    let second = procmond(&socket, &[]);
    kill(first);
    assert_eq!(agent.registered().await.pid, second.id());
    kill(second);
    agent.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sensor_ends_with_the_agent_that_started_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("run/bus.sock");
    let mut agent = Agent::start(&socket);
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "\"$0\" --parent $$ --bus \"$1\" & wait", env!("CARGO_BIN_EXE_procmond")]);
    let shell = shell.arg(&socket).stdin(Stdio::null()).spawn().expect("starts");
    let sensor = agent.registered().await.pid;
    kill(shell);
    let sensor = i32::try_from(sensor).ok().and_then(Pid::from_raw).expect("a pid");
    kill_process(sensor, Signal::CONT).expect("it serves on while there is an agent");
    agent.end().await;
    let gone = async {
        while kill_process(sensor, Signal::CONT).is_ok() && !is_zombie(sensor) {
            tokio::task::yield_now().await;
        }
    };
    within(gone).await;
}

fn is_zombie(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    stat.is_ok_and(|stat| stat.contains(") Z "))
}
