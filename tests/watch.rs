//! `daemoneye watch` in a terminal beside a real agent; what real processes with hostile command
//! lines look like.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::process::{Child, Command, Stdio};

use daemoneye_terminal::Terminal;
use daemoneye_tests::{Agent, Home, Impostor, program};
use rustix::process::Signal;

const RULE: &str = "kernel-thread-name";

fn watch(home: &Home) -> Terminal {
    let socket = home.socket();
    let environment: [(&str, &OsStr); 1] = [("DAEMONEYE_SOCKET", socket.as_os_str())];
    Terminal::start(&program("daemoneye"), &["watch"], &environment, (80, 24))
}

#[test]
fn a_live_process_and_its_alert_are_watched_through_a_kill_of_the_agent() {
    let home = Home::new();
    let agent = Agent::start(&home);
    let mut terminal = watch(&home);
    terminal.wait_for("events/s");
    terminal.press("/kworker/7:7\r");
    let impostor = Impostor::start();
    terminal.wait_for("sleep  [kworker/7:7] 60");
    terminal.press("2");
    terminal.wait_for(RULE);
    terminal.press("\r");
    terminal.wait_for(&format!("pid: {}", impostor.pid()));
    assert!(!agent.end(Signal::KILL).success());
    terminal.wait_for("NO AGENT, trying again: ");
    let _agent = Agent::start(&home);
    terminal.press("\x1b");
    terminal.wait_until("the alert is there again", |screen| {
        let text = screen.contents();
        text.contains(RULE) && !text.contains("NO AGENT")
    });
    terminal.press("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
}

/// Killed when it is dropped.
struct Hostile(Child);

impl Hostile {
    /// A shell that waits, with these arguments, which it does not look at.
    fn start(arguments: &[OsString]) -> Self {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "read never"]).args(arguments).stdin(Stdio::piped());
        Hostile(shell.spawn().expect("a shell"))
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        if self.0.kill().is_ok() {
            let _reaped = self.0.wait();
        }
    }
}

#[test]
fn hostile_command_lines_of_real_processes_are_harmless_in_every_answer() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    let hostile = b"zz-hostile \x1b[2J\x1b]0;title\x07\n\r\t\xff\xfe\xe2\x80\xae\x7f".to_vec();
    // One argument may have at most 128 KiB.
    let long = std::iter::repeat_n(OsString::from("x".repeat(120 << 10)), 9);
    let arguments: Vec<OsString> =
        std::iter::once(OsString::from_vec(hostile)).chain(long).collect();
    let process = Hostile::start(&arguments);
    let sql = format!(
        "SELECT command_line, arguments, ancestry FROM process_starts WHERE pid = {}",
        process.0.id()
    );
    let seen = |json: &serde_json::Value| json.to_string().contains("zz-hostile");
    agent.wait_for_answer(&["query", &sql], "stored", seen);
    for format in ["table", "json"] {
        let output = home.daemoneye(&["query", &sql, "--format", format]);
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).expect("text");
        let is_hostile =
            |c: char| c != '\n' && (c.is_control() || (c == '\u{202e}' && format == "table"));
        assert!(text.contains("zz-hostile") && !text.chars().any(is_hostile), "{format}");
    }
    let mut terminal = watch(&home);
    terminal.press("/zz-hostile\r");
    terminal.wait_for("zz-hostile \\u{1b}[2J\\u{1b}]");
    terminal.press("q");
    terminal.wait_for_end();
}
