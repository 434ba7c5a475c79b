//! A process that a built-in rule finds.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;

/// A harmless process that calls itself a kernel thread; killed when it is dropped.
pub struct Impostor(Child);

impl Impostor {
    /// Starts it.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start() -> Self {
        let mut sleep = Command::new("/bin/sleep");
        sleep.arg0("[kworker/7:7]").arg("60").stdin(Stdio::null()).stdout(Stdio::null());
        Impostor(sleep.spawn().expect("sleep starts"))
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Whether an alert is this rule's and about it.
    pub fn is_in<'a>(&self, rule: &'a str) -> impl Fn(&Json) -> bool + 'a {
        let pid = self.0.id();
        move |alert| alert["rule"] == rule && alert["event"]["pid"] == pid
    }
}

impl Drop for Impostor {
    fn drop(&mut self) {
        if self.0.kill().is_ok() {
            let _reaped = self.0.wait();
        }
    }
}
