//! A running agent, asked through the operator's own command line.

use std::fmt::Debug;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use serde_json::Value as Json;

use crate::{Home, SmallDisk, program};

/// The longest that anything here may take. Nothing waits for a time; this only ends a test that
/// would never end.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);

/// Killed when it is dropped.
pub struct Agent<'a> {
    home: &'a Home,
    child: Child,
    log: Receiver<String>,
}

impl<'a> Agent<'a> {
    /// Starts it and waits until it judges events.
    ///
    /// # Panics
    /// If it does not get there.
    pub fn start(home: &'a Home) -> Self {
        let mut agent = Agent::spawn(home);
        agent.wait_until("SteadyState", |status| status["state"] == "SteadyState");
        agent
    }

    /// Starts it.
    ///
    /// # Panics
    /// If it does not start.
    pub fn spawn(home: &'a Home) -> Self {
        Agent::spawn_by(Command::new(program("daemoneye-agent")), home)
    }

    /// Starts it so that files over [`limit_files`](Agent::limit_files) are a full disk to it, and
    /// not its end.
    ///
    /// # Panics
    /// If it does not start.
    pub fn spawn_on_a_small_disk(home: &'a Home) -> Self {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(program("daemoneye-agent"));
        Agent::spawn_by(shell, home)
    }

    /// Starts it with a part of its home on another disk, and waits until it judges events.
    ///
    /// # Panics
    /// If it does not get there.
    pub fn start_on(home: &'a Home, disk: &SmallDisk) -> Self {
        let mut agent = Agent::spawn_by(disk.command(&program("daemoneye-agent")), home);
        agent.wait_until("SteadyState", |status| status["state"] == "SteadyState");
        agent
    }

    fn spawn_by(mut command: Command, home: &'a Home) -> Self {
        command.args(["run", "--config"]).arg(home.path("agent.toml")).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the agent starts");
        let log = lines(child.stderr.take().expect("piped"));
        Agent { home, child, log }
    }

    /// From now on it can write to no file beyond so many bytes, or again to all.
    ///
    /// # Panics
    /// If the system refuses.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let limit = Rlimit { current: bytes, maximum: None };
        prlimit(Some(self.process()), Resource::Fsize, limit).expect("a limit");
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn process(&self) -> Pid {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a pid")
    }

    /// Its status, asked until it is as wanted.
    ///
    /// # Panics
    /// If it never is, or the agent ends.
    pub fn wait_until(&mut self, what: &str, wanted: impl Fn(&Json) -> bool) -> Json {
        self.wait_for_answer(&["status"], what, wanted)
    }

    /// Its answer to a question, asked until it is as wanted.
    ///
    /// # Panics
    /// If it never is, or the agent ends.
    pub fn wait_for_answer(
        &mut self,
        question: &[&str],
        what: &str,
        wanted: impl Fn(&Json) -> bool,
    ) -> Json {
        self.wait_for(what, |agent| agent.ask(question), wanted)
    }

    /// What is looked at until it is as wanted.
    ///
    /// # Panics
    /// If it never is, or the agent ends.
    pub fn wait_for<T: Debug>(
        &mut self,
        what: &str,
        look: impl Fn(&Self) -> T,
        wanted: impl Fn(&T) -> bool,
    ) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                let log: Vec<String> = self.log.try_iter().collect();
                panic!("the agent ended with {status} before {what}:\n{}", log.join("\n"));
            }
            let found = look(self);
            if wanted(&found) {
                return found;
            }
            assert!(Instant::now() < deadline, "never {what}; the last was {found:#?}");
            std::thread::sleep(POLL);
        }
    }

    /// The first alert that is as wanted.
    ///
    /// # Panics
    /// If there never is one.
    pub fn wait_for_alert(&self, what: &str, wanted: impl Fn(&Json) -> bool) -> Json {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let alerts = self.ask(&["alerts"]);
            if let Some(alert) = alerts.as_array().into_iter().flatten().find(|a| wanted(a)) {
                return alert.clone();
            }
            std::thread::sleep(POLL);
        }
        panic!("no alert: {what}");
    }

    /// A line of its log that contains the text.
    ///
    /// # Panics
    /// If there never is one.
    pub fn wait_for_log(&self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        while let Some(left) = deadline.checked_duration_since(Instant::now()) {
            match self.log.recv_timeout(left) {
                Ok(line) if line.contains(text) => return line,
                Ok(_) => {}
                Err(_) => break,
            }
        }
        panic!("the agent never said {text:?}");
    }

    /// What `daemoneye` answers, as JSON; null if there is no answer.
    pub fn ask(&self, arguments: &[&str]) -> Json {
        let output = self.home.daemoneye(&[arguments, &["--format", "json"]].concat());
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    /// Process id of its sensor.
    ///
    /// # Panics
    /// If no sensor has registered.
    pub fn sensor(&self) -> i64 {
        let status = self.ask(&["status"]);
        let pid = &status["collectors"][0]["registration"]["pid"];
        pid.as_i64().unwrap_or_else(|| panic!("no sensor in {status:#}"))
    }

    /// Sends a signal and waits for the end.
    ///
    /// # Panics
    /// If it does not end.
    pub fn end(mut self, signal: Signal) -> ExitStatus {
        kill_process(self.process(), signal).expect("a signal");
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            std::thread::sleep(POLL);
        }
        panic!("the agent does not end");
    }

    /// Waits for the end of an agent that should not have started; its status and its log.
    ///
    /// # Panics
    /// If it does not end.
    pub fn wait_for_end(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().expect("a child");
        let log: Vec<String> = self.log.iter().collect();
        (status, log.join("\n"))
    }
}

impl Drop for Agent<'_> {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) && self.child.kill().is_ok() {
            let _reaped = self.child.wait();
        }
    }
}

/// Reads in a thread of its own, so that the agent never waits for its reader.
fn lines(stderr: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
