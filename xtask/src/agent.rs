//! The agent as a process, asked through the operator's own command line.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value as Json;

use crate::home::Home;

/// Compiling the sandbox's code for the first time takes a few seconds.
const STARTUP: Duration = Duration::from_secs(120);
const SHUTDOWN: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(50);

/// A running agent; dropped, it is ended.
pub(crate) struct Agent<'a> {
    home: &'a Home,
    child: Child,
}

impl<'a> Agent<'a> {
    pub(crate) fn start(home: &'a Home) -> Result<Self> {
        Agent::spawn(home, Stdio::inherit())
    }

    /// Its alerts are on no screen.
    pub(crate) fn start_silently(home: &'a Home) -> Result<Self> {
        Agent::spawn(home, Stdio::null())
    }

    fn spawn(home: &'a Home, screen: Stdio) -> Result<Self> {
        let mut command = home.program("daemoneye-agent");
        command
            .stdout(screen)
            .args(["--log-level", "warn", "run", "--config"])
            .arg(home.configuration());
        let child = command.spawn().with_context(|| format!("{command:?}"))?;
        Ok(Agent { home, child })
    }

    pub(crate) fn wait_until_steady(&mut self) -> Result<Json> {
        self.wait_until(|status| status["state"] == "SteadyState")
    }

    /// Until the processes that were running before are judged: what they do is their own affair.
    pub(crate) fn wait_until_first_sweep(&mut self) -> Result<Json> {
        self.wait_until(|status| {
            let judged = status["events"]["judged"].as_u64();
            judged > Some(0) && judged == status["events"]["received"].as_u64()
        })
    }

    fn wait_until(&mut self, wanted: impl Fn(&Json) -> bool) -> Result<Json> {
        let deadline = Instant::now() + STARTUP;
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("the agent ended with {status}");
            }
            let status = self.status();
            if let Ok(status) = &status
                && wanted(status)
            {
                return Ok(status.clone());
            }
            if Instant::now() > deadline {
                return status.context("the agent is not steady after 120 s");
            }
            std::thread::sleep(POLL);
        }
    }

    pub(crate) fn status(&self) -> Result<Json> {
        let mut command = self.home.program("daemoneye");
        let output = command.args(["status", "--format", "json"]).output()?;
        serde_json::from_slice(&output.stdout).with_context(|| {
            format!("daemoneye status: {}", String::from_utf8_lossy(&output.stderr).trim())
        })
    }

    /// SIGTERM; the agent must end by itself, with 0, and leave no socket behind.
    pub(crate) fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(pid.context("a pid")?, rustix::process::Signal::TERM)?;
        let deadline = Instant::now() + SHUTDOWN;
        let status = loop {
            match self.child.try_wait()? {
                Some(status) => break status,
                None if Instant::now() > deadline => bail!("the agent ignored SIGTERM for 15 s"),
                None => std::thread::sleep(POLL),
            }
        };
        ensure!(status.success(), "the agent ended with {status}");
        ensure!(!self.home.socket().exists(), "the agent left its socket behind");
        Ok(())
    }
}

impl Drop for Agent<'_> {
    fn drop(&mut self) {
        // After `stop` the process is reaped and this does nothing.
        if matches!(self.child.try_wait(), Ok(None)) && self.child.kill().is_ok() {
            let _reaped = self.child.wait();
        }
    }
}

/// Every alert, as `daemoneye alerts --follow` tells it.
pub(crate) struct Alerts {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<Json>,
}

impl Alerts {
    pub(crate) fn follow(home: &Home) -> Result<Self> {
        let mut command = home.program("daemoneye");
        command.args(["alerts", "--follow", "--format", "json"]).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("{command:?}"))?;
        let stdout = child.stdout.take().expect("piped");
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(stdout).lines().map_while(Result::ok);
            lines.for_each(|line| drop(sender.send(line)));
        });
        Ok(Alerts { child, lines, seen: Vec::new() })
    }

    /// The alert of a rule about a process, or nothing if it does not come in time.
    pub(crate) fn wait_for(&mut self, rule: &str, pid: u32, patience: Duration) -> Option<Json> {
        let deadline = Instant::now() + patience;
        let wanted = |alert: &Json| alert["rule"] == rule && alert["event"]["pid"] == pid;
        loop {
            if let Some(alert) = self.seen.iter().find(|alert| wanted(alert)) {
                return Some(alert.clone());
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            let line = self.lines.recv_timeout(left).ok()?;
            self.seen.extend(serde_json::from_str::<Json>(&line).ok());
        }
    }
}

impl Drop for Alerts {
    fn drop(&mut self) {
        if self.child.kill().is_ok() {
            let _reaped = self.child.wait();
        }
    }
}
