//! `daemoneye watch` beside the real agent and its sensor, through a terminal that is no window.

use std::process::{Child, Command, Stdio};

use daemoneye_terminal::Terminal;
use daemoneye_tests::{Agent, Home, program};

const SIZE: (u16, u16) = (80, 24);

fn watch(home: &Home, size: (u16, u16)) -> Terminal {
    let socket = home.socket();
    let environment = [("DAEMONEYE_SOCKET", socket.as_os_str())];
    Terminal::start(&program("daemoneye"), &["watch"], &environment, size)
}

/// A shell that stays what it is until it is dropped.
struct Shell(Child);

impl Shell {
    fn run(script: &str) -> Self {
        let mut command = Command::new("bash");
        command.args(["-c", script]).stdin(Stdio::piped()).stderr(Stdio::null());
        Shell(command.spawn().expect("bash"))
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _gone_already = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[test]
fn a_live_process_and_its_alert_appear_keys_find_them_and_q_ends_it() {
    let home = Home::new();
    let _agent = Agent::start(&home);
    let mut terminal = watch(&home, SIZE);
    terminal.wait_until("the agent's state", |screen| {
        screen.alternate_screen() && screen.contents().contains("events/s")
    });
    // Of this text there is one process; the filter leaves only it.
    let _shell = Shell::run("read zqx");
    terminal.press("/zqx\r");
    let screen = terminal.wait_for("read zqx");
    assert!(screen.contains("bash"), "{screen}");
    // The filter stays from view to view.
    let _attack = Shell::run("read zqx; : >/dev/tcp/127.0.0.1/9");
    terminal.press("2");
    terminal.wait_for("shell-dev-tcp");
    terminal.press("\x1b");
    terminal.wait_until("without a filter", |screen| !screen.contents().contains("zqx"));
    terminal.press("3");
    terminal.wait_for("HITS");
    terminal.press("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
    assert!(!terminal.screen().alternate_screen(), "the terminal is given back");
}

#[test]
fn twenty_columns_are_enough_to_see_and_to_end_it() {
    let home = Home::new();
    let _agent = Agent::start(&home);
    let mut terminal = watch(&home, (20, 10));
    terminal.wait_until("something", |screen| {
        screen.alternate_screen() && !screen.contents().trim().is_empty()
    });
    for key in ["1", "2", "3", "4", "5", "?", "q"] {
        terminal.press(key);
    }
    terminal.press("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
}
