//! `daemoneye watch` in a terminal: what it shows, what keys do, and how it ends.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use daemoneye_bus::alert::Alert;
use daemoneye_bus::client::Client;
use daemoneye_bus::control::{
    AgentState, AlertCounts, AlertJson, EventCounts, HuntAnswer, HuntEnd, Request, Response,
    RuleCounts, SandboxStatus, Status, Traffic,
};
use daemoneye_bus::event::{Batch, Event, Field, Kind};
use daemoneye_bus::message::{Payload, SourceBatch};
use daemoneye_terminal::Terminal;
use rustix::process::{Pid, Signal, kill_process};

use crate::agent::Agent;
use crate::follow::alert;
use crate::program::{daemoneye, run};

const SIZE: (u16, u16) = (80, 24);

type Alerts = Arc<Mutex<Vec<Alert>>>;

fn status() -> Status {
    Status {
        version: "0.1.0".to_owned(),
        state: AgentState::SteadyState,
        pid: 42,
        started: 0,
        data_dir: "/var/lib/daemoneye".to_owned(),
        collectors: Vec::new(),
        events: EventCounts::default(),
        alerts: AlertCounts::default(),
        sinks: Vec::new(),
        packs: Vec::new(),
        rules: RuleCounts::default(),
        sandbox: SandboxStatus::default(),
        confinement: Vec::new(),
        degraded: Vec::new(),
    }
}

fn answer(request: &Request, alerts: &[Alert]) -> Response {
    match request {
        Request::Status => Response::Status(Box::new(status())),
        Request::Rules => Response::Rules(Vec::new()),
        Request::Traffic => Response::Traffic(Box::<Traffic>::default()),
        Request::Query(_) => Response::Hunt(Box::new(HuntAnswer {
            id: 1,
            columns: Vec::new(),
            rows: Vec::new(),
            scanned: 0,
            of: 0,
            end: Some(HuntEnd::default()),
        })),
        Request::Alerts { after, .. } => Response::Alerts(
            (1..)
                .zip(alerts)
                .filter(|(number, _)| number > after)
                .map(|(number, alert)| (number, AlertJson::from(alert)))
                .collect(),
        ),
        other => panic!("{other:?}"),
    }
}

fn agent(alerts: &Alerts) -> Agent {
    let alerts = alerts.clone();
    Agent::that(move |request| answer(&request, &alerts.lock().expect("not poisoned")))
}

fn watch(socket: &Path, environment: &[(&str, &OsStr)]) -> Terminal {
    let socket = [("DAEMONEYE_SOCKET", socket.as_os_str())];
    let environment = [&socket, environment].concat();
    Terminal::start(Path::new(env!("CARGO_BIN_EXE_daemoneye")), &["watch"], &environment, SIZE)
}

/// Publishes one start of a program as the sensor would.
fn publish(agent: &Agent, command_line: &str) {
    let event = Event::new(Kind::Exec, 1_000_000)
        .with(Field::Pid, 4242)
        .with(Field::ProcessKey, "0000000000000001:4242:7")
        .with(Field::Name, "nc")
        .with(Field::CommandLine, command_line);
    let batch = Batch::from_events([&event]).expect("a batch");
    let payload = SourceBatch { source: "test:1".to_owned(), number: 1, lost: 0, batch };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let client = Client::connect(&agent.socket(), "sensor").await.expect("connected");
        client.publish("events.process.exec", Payload::Events(payload)).await.expect("published");
    });
}

#[test]
fn a_process_and_an_alert_appear_and_q_ends_it_and_gives_the_terminal_back() {
    let alerts: Alerts = Arc::default();
    let agent = agent(&alerts);
    let mut terminal = watch(&agent.socket(), &[]);
    terminal.wait_until("complete", |screen| {
        screen.alternate_screen() && screen.contents().contains("complete  0 events/s")
    });
    publish(&agent, "nc -l\x1b[2J\u{202e} 443");
    terminal.wait_for("nc -l\\u{1b}[2J\\u{202e} 443");
    alerts.lock().expect("not poisoned").push(alert("1", "curl"));
    terminal.wait_for("1 alerts");
    terminal.press("2");
    terminal.wait_for("Shell opens /dev/tcp: pid 42, curl");
    terminal.press("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
}

#[test]
fn each_signal_that_ends_it_gives_the_terminal_back() {
    let agent = agent(&Arc::default());
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut terminal = watch(&agent.socket(), &[]);
        terminal.wait_for("complete");
        let pid = i32::try_from(terminal.pid()).ok().and_then(Pid::from_raw).expect("a pid");
        kill_process(pid, signal).expect("our own child");
        assert_eq!(terminal.wait_for_end().exit_code(), 0, "{signal:?}");
    }
}

#[test]
fn when_the_agent_goes_it_is_said_and_when_it_is_back_it_is_watched_again() {
    let mut home = agent(&Arc::default());
    let mut terminal = watch(&home.socket(), &[]);
    terminal.wait_for("complete");
    home.stop();
    terminal.wait_for("NO AGENT, trying again: ");
    home.resume(|request| answer(&request, &[]));
    terminal.wait_until("back", |screen| !screen.contents().contains("NO AGENT"));
    terminal.wait_for("complete");
    terminal.press("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
}

#[test]
fn a_screen_that_is_made_small_and_large_again_is_filled() {
    let agent = agent(&Arc::default());
    let mut terminal = watch(&agent.socket(), &[]);
    terminal.wait_for("5 Health");
    terminal.resize(20, 10);
    terminal.wait_until("narrow", |screen| screen.contents().starts_with(" 1 Processes  2  3"));
    terminal.resize(100, 30);
    terminal.wait_for("5 Health");
    terminal.press("\x03");
    assert_eq!(terminal.wait_for_end().exit_code(), 0, "Ctrl-C");
}

#[test]
fn colours_come_unless_they_are_unwanted() {
    let agent = agent(&Arc::default());
    for (unwanted, coloured) in [("", true), ("1", false)] {
        let mut terminal = watch(&agent.socket(), &[("NO_COLOR", OsStr::new(unwanted))]);
        terminal.wait_for("complete");
        terminal.press("q");
        terminal.wait_for_end();
        let text = String::from_utf8(terminal.bytes()).expect("text");
        // Colours of the foreground are 30 to 37, 38;5;n and 90 to 97; 39 is none.
        let is_colour = |code: &str| {
            code.starts_with("38;")
                || code.parse().is_ok_and(|n: u8| n != 39 && (30..98).contains(&n))
        };
        let codes = text.split("\x1b[").filter_map(|rest| Some(rest.split_once('m')?.0));
        assert_eq!(codes.into_iter().any(is_colour), coloured, "{text:?}");
    }
}

#[test]
fn without_a_terminal_it_is_refused_before_anybody_is_asked() {
    let agent = Agent::mute();
    run(&agent.socket(), &["watch"]).with(2).complains("standard output is none");
    run(&agent.socket(), &["watch", "--format", "json"]).with(2).complains("no other format");
    let socket = agent.socket();
    let environment: [(&str, &OsStr); 2] =
        [("DAEMONEYE_SOCKET", socket.as_os_str()), ("TERM", OsStr::new("dumb"))];
    let program = Path::new(env!("CARGO_BIN_EXE_daemoneye"));
    let mut terminal = Terminal::start(program, &["watch"], &environment, SIZE);
    terminal.wait_for("a terminal of type \"dumb\" cannot");
    assert_eq!(terminal.wait_for_end().exit_code(), 2);
    assert_eq!(agent.asked(), []);
}

#[test]
fn without_an_agent_at_the_start_it_ends_with_69() {
    let mut terminal = watch(Path::new("/nowhere/bus.sock"), &[]);
    terminal.wait_for("no agent at /nowhere/bus.sock");
    assert_eq!(terminal.wait_for_end().exit_code(), 69);
    let mut command = daemoneye(Path::new("/nowhere/bus.sock"), &["watch"]);
    assert_eq!(command.status().expect("it starts").code(), Some(2), "not a terminal comes first");
}
