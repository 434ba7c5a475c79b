//! Every answer full of hostile text, in every format and on narrow terminals; and nobody who
//! reads it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use daemoneye_bus::alert::Evidence;
use daemoneye_bus::control::{
    AgentState, AlertJson, Cell, ClientTraffic, CollectorState, CollectorStatus, DeadLetter,
    Heartbeat, HuntAnswer, HuntEnd, ListedAlert, Measure, PackEntry, PackState, Registration,
    Request, Response, RuleAccess, RuleDetail, RuleLiteral, RuleTrouble, RuleWords, ShadowExample,
    ShadowRule, ShadowStatus, SinkStatus, TopicTraffic, Traffic,
};
use daemoneye_bus::handling::AlertState;
use daemoneye_terminal::Terminal;

use crate::agent::Agent;
use crate::answers;
use crate::follow::alert;
use crate::program::{daemoneye, run, run_unread};

/// Colours, a cleared screen, another direction, other lines, a window's title, what is invisible.
const HOSTILE: &str =
    "x\x1b[31m\x1b[2J\u{202e}gpj\u{2066}\r\nsteady state\t\u{9b}0m\u{200b}\x1b]0;title\x07";

/// Every command that shows what somebody else has written.
const COMMANDS: &[&[&str]] = &[
    &["status"],
    &["alerts"],
    &["alerts", "dead"],
    &["rules"],
    &["rules", "--refused"],
    &["rules", "show", "x"],
    &["rules", "release", "x"],
    &["packs"],
    &["packs", "shadow"],
    &["packs", "rollback", "x", "--reason", "r"],
    &["query", "SELECT 1"],
    &["collectors"],
    &["bus", "status"],
];

/// An agent that knows nothing but this text.
fn agent(text: &str) -> Agent {
    let text = text.to_owned();
    Agent::that(move |request| answer(&request, &text))
}

fn answer(request: &Request, text: &str) -> Response {
    let own = || text.to_owned();
    match request {
        Request::Status => status(text),
        Request::List(_) => {
            let mut alert = alert("1", text);
            (alert.rule, alert.title, alert.pack) = (own(), own(), own());
            alert.evidence = vec![Evidence { clause: own(), field: own(), value: own() }];
            let (alert, state) = (AlertJson::from(&alert), AlertState::Open);
            Response::Listed(vec![ListedAlert { number: 1, alert, state, repeated: 0 }])
        }
        Request::Traffic => {
            let client = ClientTraffic { client: own(), ..ClientTraffic::default() };
            let topic = TopicTraffic { topic: own(), ..TopicTraffic::default() };
            let (clients, topics) = (vec![client], vec![topic]);
            Response::Traffic(Box::new(Traffic { clients, topics, ..Traffic::default() }))
        }
        Request::Rules => Response::Rules(vec![rule(text)]),
        Request::Release { .. } => Response::Released(Box::new(rule(text))),
        Request::Rule { .. } => Response::Rule(Box::new(RuleDetail {
            rule: rule(text),
            trouble: Some(RuleTrouble { since: 0, fault: own() }),
            state_lost: None,
            unevaluated: Vec::new(),
            words: RuleWords::default(),
            access: Some(RuleAccess::Literals(vec![RuleLiteral {
                column: own(),
                place: own(),
                text: own(),
            }])),
        })),
        Request::Query(_) => Response::Hunt(Box::new(HuntAnswer {
            id: 1,
            columns: vec![own()],
            rows: vec![vec![Some(Cell::Text(own()))]],
            scanned: 1,
            of: 1,
            end: Some(HuntEnd::default()),
        })),
        Request::DeadLetters { .. } => Response::DeadLetters(vec![DeadLetter {
            sink: own(),
            number: 1,
            died: 0,
            tries: 1,
            why: own(),
            alert: Some(AlertJson::from(&alert("1", text))),
        }]),
        Request::Packs | Request::RollBack { .. } => Response::Packs(vec![pack(text)]),
        Request::Shadow => Response::Shadow(vec![shadow(text)]),
        other => panic!("{other:?}"),
    }
}

fn rule(text: &str) -> daemoneye_bus::control::RuleStatus {
    let own = || text.to_owned();
    let state = daemoneye_bus::control::RuleState::Refused;
    let why = vec![own()];
    daemoneye_bus::control::RuleStatus {
        id: own(),
        title: own(),
        pack: own(),
        state,
        why,
        ..answers::rule()
    }
}

fn status(text: &str) -> Response {
    let own = || text.to_owned();
    let Response::Status(mut status) = answers::status(AgentState::SteadyState, &[text]) else {
        panic!("a status")
    };
    (status.version, status.data_dir) = (own(), own());
    status.confinement = vec![Measure::tried(text, text, Err(own()))];
    let registration = Registration {
        id: own(),
        source: own(),
        pid: 1,
        version: own(),
        capabilities: vec![own()],
        degraded: vec![own()],
        confinement: Vec::new(),
    };
    status.collectors = vec![CollectorStatus {
        registration,
        alive: true,
        state: CollectorState::Running,
        restarts: 0,
        heartbeat: Heartbeat::default(),
    }];
    status.sinks = vec![SinkStatus { name: own(), fault: Some(own()), ..SinkStatus::default() }];
    Response::Status(status)
}

fn pack(text: &str) -> PackEntry {
    let own = || Some(text.to_owned());
    PackEntry {
        id: own(),
        release: Some(1),
        state: PackState::Refused,
        why: own(),
        rules: Some(1),
        signer: own(),
        review_by: own(),
        place: text.to_owned(),
    }
}

fn shadow(text: &str) -> ShadowStatus {
    let example = ShadowExample {
        found_by: PackState::Shadow,
        time: Some(0),
        pid: Some(1),
        sequence: Some(1),
        command_line: Some(text.to_owned()),
    };
    let rule = text.to_owned();
    let rule =
        ShadowRule { rule, only_shadow: 1, examples: vec![example], ..ShadowRule::default() };
    ShadowStatus {
        pack: text.to_owned(),
        release: 2,
        active: Some(1),
        since: 0,
        events: 1,
        shed: 0,
        rules: vec![rule],
    }
}

#[track_caller]
fn assert_harmless(text: &str) {
    let is_hostile =
        |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{2066}\u{200b}".contains(c));
    assert!(!text.chars().any(is_hostile), "{:?}", &text[..text.len().min(4_000)]);
}

#[test]
fn tables_are_harmless_and_json_has_every_character() {
    let agent = agent(HOSTILE);
    for command in COMMANDS {
        let code = if *command == ["status"] { 3 } else { 0 };
        let table = run(&agent.socket(), command);
        assert_harmless(table.with(code).stdout());
        let json = run(&agent.socket(), &[command, &["--format", "json"][..]].concat());
        assert!(!json.with(code).stdout().contains('\x1b'), "{command:?}");
        assert!(holds(&json.json(), HOSTILE), "{command:?}: {}", json.stdout());
    }
}

/// Whether one of the texts in a document is this one.
fn holds(json: &serde_json::Value, text: &str) -> bool {
    match json {
        serde_json::Value::String(found) => found == text,
        serde_json::Value::Array(list) => list.iter().any(|item| holds(item, text)),
        serde_json::Value::Object(map) => map.values().any(|item| holds(item, text)),
        _ => false,
    }
}

#[test]
fn a_mebibyte_is_cut_in_tables_and_whole_in_json() {
    let long = format!("{HOSTILE}{}", "ü".repeat(1 << 19));
    let agent = agent(&long);
    for command in [&["alerts"][..], &["query", "SELECT 1"], &["alerts", "dead"]] {
        let table = run(&agent.socket(), command);
        assert_harmless(table.with(0).stdout());
        assert!(table.stdout().len() < 20_000, "{command:?}: {} bytes", table.stdout().len());
        let json = run(&agent.socket(), &[command, &["--format", "json"]].concat());
        assert!(holds(&json.with(0).json(), &long), "{command:?}");
    }
}

#[test]
fn a_terminal_of_twenty_columns_breaks_nothing() {
    let agent = agent(HOSTILE);
    let socket = agent.socket();
    let environment = [("DAEMONEYE_SOCKET", socket.as_os_str()), ("NO_COLOR", OsStr::new("1"))];
    for command in COMMANDS {
        let program = Path::new(env!("CARGO_BIN_EXE_daemoneye"));
        let mut terminal = Terminal::start(program, command, &environment, (20, 10));
        let status = terminal.wait_for_end();
        let code = if *command == ["status"] { 3 } else { 0 };
        assert_eq!(status.exit_code(), code, "{command:?}");
        let text = String::from_utf8(terminal.bytes()).expect("text");
        assert_harmless(&text.replace("\r\n", "\n"));
    }
}

#[test]
fn when_nobody_reads_every_command_ends_quietly_with_0() {
    let agent = agent("x");
    let others: &[&[&str]] = &[
        &["--help"],
        &["--version"],
        &["alerts", "--help"],
        &["completions", "bash"],
        &["alerts", "replay", "--help"],
    ];
    for command in COMMANDS.iter().chain(others) {
        let is_query = command.first() == Some(&"query");
        let more: &[&str] = if is_query { &["jsonl", "csv"] } else { &[] };
        for format in ["table", "json"].iter().chain(more) {
            let words = [command, &["--format", format][..]].concat();
            let output = run_unread(&agent.socket(), &words);
            assert_eq!(output.status.code(), Some(0), "{words:?}: {output:?}");
            assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
        }
    }
}

#[test]
fn when_the_agent_is_stopped_every_command_says_so() {
    for command in COMMANDS {
        for format in ["table", "json"] {
            let words = [command, &["--format", format][..]].concat();
            let ended = run(Path::new("/nowhere/bus.sock"), &words);
            ended.with(69).complains("no agent at /nowhere/bus.sock");
        }
    }
}

#[test]
fn words_that_are_no_utf8_are_refused_and_a_socket_may_be_called_so() {
    let odd = OsStr::from_bytes(b"\xff\x1b[2J");
    let nowhere = Path::new("/nowhere");
    let mut command = daemoneye(nowhere, &["query"]);
    let output = command.arg(odd).output().expect("it starts");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("UTF-8"), "{output:?}");
    let mut command = daemoneye(nowhere, &["status", "--socket"]);
    let output = command.arg(odd).output().expect("it starts");
    assert_eq!(output.status.code(), Some(69), "{output:?}");
    assert!(!output.stderr.contains(&0x1b), "{output:?}");
}
