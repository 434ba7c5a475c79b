//! The real program, started and read.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use daemoneye_bus::event::{Event, Field, from_json};
use rustix::process::{Pid, Signal, kill_process};

/// Longer than any of this takes on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Sensor {
    pub(super) child: Child,
    events: Receiver<Event>,
}

impl Sensor {
    /// Starts and waits for the first sweep: from then on everything is seen.
    pub(super) fn start() -> Self {
        Sensor::start_with(&[])
    }

    pub(super) fn start_with(arguments: &[&str]) -> Self {
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
    pub(super) fn until(&self, is_wanted: impl FnMut(&Event) -> bool) -> Event {
        let event = || self.events.recv_timeout(PATIENCE).expect("the event in time");
        std::iter::repeat_with(event).find(is_wanted).expect("without end")
    }

    /// The next event of this kind about this process.
    pub(super) fn about(&self, wanted: &str, pid: u32) -> Event {
        self.until(|event| kind(event) == wanted && pid_of(event) == pid)
    }

    /// Ends it; everything that it told of since, and what it said besides.
    pub(super) fn rest(mut self) -> (Vec<Event>, String) {
        terminate(&self.child);
        let mut said = String::new();
        self.child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
        self.child.wait().expect("it ends");
        (self.events.iter().collect(), said)
    }

    /// Ends it and says whether it has seen all along what the kernel tells.
    pub(super) fn end(mut self) -> bool {
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

pub(super) fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_procmond"));
    program.env_remove("DAEMONEYE_BUS_SOCKET").env_remove("DAEMONEYE_LOG");
    program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    program
}

pub(super) fn read(lines: BufReader<ChildStdout>, mut take: impl FnMut(Event) -> bool) {
    for line in lines.lines() {
        let line = line.expect("UTF-8");
        if !take(from_json(&line).expect("an event")) {
            return;
        }
    }
}

pub(super) fn terminate(child: &Child) {
    let pid = Pid::from_child(child);
    kill_process(pid, Signal::TERM).expect("it lives");
}

pub(super) fn kind(event: &Event) -> &str {
    event.text(Field::Kind).expect("every event has a kind")
}

/// Its process; 0 for a connection of nobody knows whom.
pub(super) fn pid_of(event: &Event) -> u32 {
    event.integer(Field::Pid).and_then(|pid| u32::try_from(pid).ok()).unwrap_or_default()
}

/// Whether the kernel tells of processes here; says so if it does not.
pub(super) fn is_told() -> bool {
    Sensor::start().end()
}

/// All text that an event has.
pub(super) fn texts(event: &Event) -> String {
    Field::ALL.iter().filter_map(|field| event.text(*field)).collect::<Vec<_>>().join("\n")
}
