//! What is asked, how answers are written, and with which code it ends.

use daemoneye_bus::alert::Severity;
use daemoneye_bus::control::{
    AgentState, AlertCounts, AlertJson, Cell, DeadLetter, EventCounts, Fired, Hunt, HuntAnswer,
    HuntEnd, Letters, ListedAlert, Request, Response, RuleAccess, RuleCounts, RuleDetail,
    RuleState, RuleStatus, RuleTrouble, RuleWords, SandboxStatus, Status, TrialReport, Unevaluated,
    Which,
};
use daemoneye_bus::handling::AlertState;
use serde_json::json;

use crate::agent::Agent;
use crate::follow::alert;
use crate::program::run;

pub(crate) fn status(state: AgentState, degraded: &[&str]) -> Response {
    Response::Status(Box::new(Status {
        version: "1.2.3".to_owned(),
        state,
        pid: 42,
        started: 0,
        data_dir: "/data".to_owned(),
        collectors: Vec::new(),
        events: EventCounts {
            received: 5,
            stored: 4,
            duplicates: 1,
            pruned: 0,
            judged: 4,
            lost: 0,
        },
        alerts: AlertCounts::default(),
        sinks: Vec::new(),
        packs: Vec::new(),
        rules: RuleCounts { active: 3, inert: 2, refused: 1, disabled: 0 },
        sandbox: SandboxStatus::default(),
        confinement: Vec::new(),
        degraded: degraded.iter().map(|&reason| reason.to_owned()).collect(),
    }))
}

#[test]
fn status_ends_with_0_only_if_all_is_well() {
    let cases: &[(AgentState, &[&str], i32)] = &[
        (AgentState::SteadyState, &[], 0),
        (AgentState::SteadyState, &["store: disk full"], 3),
        (AgentState::Loading, &[], 3),
        (AgentState::Ready, &[], 3),
        (AgentState::ShuttingDown, &[], 3),
    ];
    for (state, degraded, code) in cases.iter().cloned() {
        let agent = Agent::that(move |_| status(state.clone(), degraded));
        let ended = run(&agent.socket(), &["status"]);
        ended.with(code).says("5 received = 4 stored + 1 duplicates");
        ended.says("3 active, 2 inert on this host, 1 refused");
        for reason in degraded {
            ended.says(reason);
        }
        let document = run(&agent.socket(), &["status", "--format", "json"]).with(code).json();
        assert_eq!(document["events"]["stored"], 4);
        assert_eq!(document["degraded"], json!(degraded));
    }
}

#[test]
fn alerts_are_asked_for_as_said_and_written_as_documented() {
    let agent = Agent::that(|_| {
        let alert = AlertJson::from(&alert("a", "x\x1b[2J"));
        let (number, state, repeated) = (7, AlertState::Open, 2);
        Response::Listed(vec![ListedAlert { number, alert, state, repeated }])
    });
    let arguments = ["alerts", "--severity", "HIGH", "--limit", "3"];
    let ended = run(&agent.socket(), &arguments);
    ended.with(0).says("high").says("shell-dev-tcp").says("x\\u{1b}[2J");
    assert!(!ended.stdout().contains('\x1b'));
    let state = Some(AlertState::Open);
    let expected = Request::List(Which { state, severity: Severity::High, limit: 3 });
    assert_eq!(agent.asked(), [expected]);

    let document = run(&agent.socket(), &["alerts", "--format", "json"]).with(0).json();
    let mut expected = serde_json::to_value(alert("a", "x\x1b[2J")).expect("JSON");
    let more = [("number", json!(7)), ("state", json!("open")), ("repeated", json!(2))];
    for (key, value) in more {
        expected[key] = value;
    }
    assert_eq!(document, json!([expected]));
}

#[test]
fn nothing_found_is_an_answer() {
    let agent = Agent::that(|request| match request {
        Request::List(_) => Response::Listed(Vec::new()),
        Request::Rules => Response::Rules(Vec::new()),
        _ => nothing_hunted(),
    });
    run(&agent.socket(), &["alerts"]).with(0).says("no open alerts");
    run(&agent.socket(), &["rules"]).with(0).says("no rules");
    run(&agent.socket(), &["query", "SELECT 1"]).with(0).says("0 rows of 0 events");
    let alerts = run(&agent.socket(), &["alerts", "--format", "json"]).with(0).json();
    assert_eq!(alerts, json!([]));
}

/// An answer of no rows.
fn nothing_hunted() -> Response {
    Response::Hunt(Box::new(HuntAnswer {
        id: 1,
        columns: vec!["pid".to_owned()],
        rows: Vec::new(),
        scanned: 0,
        of: 0,
        end: Some(HuntEnd::default()),
    }))
}

#[test]
fn rules_are_told_with_their_counts() {
    let rule = rule();
    let agent = Agent::that(move |_| Response::Rules(vec![rule.clone()]));
    run(&agent.socket(), &["rules"]).with(0).says("shell-dev-tcp").says("active");
    run(&agent.socket(), &["rules", "--wide"]).with(0).says("OFFERED").says("1,234");
    let document = run(&agent.socket(), &["rules", "--format", "json"]).with(0).json();
    assert_eq!(
        (&document[0]["filtered"], &document[0]["severity"]),
        (&json!(1_230), &json!("high"))
    );
}

#[test]
fn rules_of_one_state_are_told_with_the_reason_and_no_others() {
    let of = |id: &str, state, why: &str| RuleStatus {
        id: id.to_owned(),
        state,
        why: vec![why.to_owned()],
        ..rule()
    };
    let rules = vec![
        rule(),
        of("wmi", RuleState::Inert, "is for windows, this host is linux"),
        of("torn", RuleState::Refused, "rules/torn.sql:1:8: no table"),
    ];
    let agent = Agent::that(move |_| Response::Rules(rules.clone()));
    for (option, id, why) in [("--inert", "wmi", "is for windows"), ("--refused", "torn", "1:8")] {
        let ended = run(&agent.socket(), &["rules", option]);
        ended.with(0).says(id).says(why);
        assert!(!ended.stdout().contains("shell-dev-tcp"), "{}", ended.stdout());
        let document = run(&agent.socket(), &["rules", option, "--format", "json"]).with(0).json();
        assert_eq!(document.as_array().map(Vec::len), Some(1));
        assert_eq!(document[0]["state"], option.trim_start_matches("--"));
        assert!(document[0]["why"][0].as_str().is_some_and(|said| said.contains(why)));
    }
}

#[test]
fn one_rule_is_told_with_its_faults_and_the_events_it_did_not_judge() {
    let why = "still busy after 250 ms".to_owned();
    let event = Unevaluated { segment: 7, row: 3, sequence: Some(1_027), time: Some(0), why };
    let trouble = RuleTrouble { since: 0, fault: "stack overflow".to_owned() };
    let detail = RuleDetail {
        rule: RuleStatus { state: RuleState::Quarantined, ..rule() },
        trouble: Some(trouble),
        state_lost: Some(0),
        unevaluated: vec![event],
        words: RuleWords::default(),
        access: Some(RuleAccess::Always("it has no text that must be there".to_owned())),
    };
    let agent = Agent::that(move |_| Response::Rule(Box::new(detail.clone())));
    let arguments = ["rules", "show", "shell-dev-tcp"];
    let ended = run(&agent.socket(), &arguments);
    ended.with(0).says("quarantined").says("stack overflow").says("segment 7 row 3");
    assert_eq!(agent.asked(), [Request::Rule { id: "shell-dev-tcp".to_owned() }]);
    let json = run(&agent.socket(), &[&arguments[..], &["--format", "json"]].concat());
    let document = json.with(0).json();
    assert_eq!(document["rule"]["state"], "quarantined");
    assert_eq!(document["unevaluated"][0]["sequence"], 1_027);
}

#[test]
fn a_rule_is_released_or_the_agent_says_why_not() {
    let released = rule();
    let agent = Agent::that(move |request| match request {
        Request::Release { id } if id == "shell-dev-tcp" => {
            Response::Released(Box::new(released.clone()))
        }
        _ => Response::Error("no rule \"x\"".to_owned()),
    });
    let release = |id: &str| run(&agent.socket(), &["rules", "release", id]);
    release("shell-dev-tcp").with(0).says("rule shell-dev-tcp is active");
    release("x").with(70).complains("no rule \"x\"");
}

pub(crate) fn rule() -> RuleStatus {
    RuleStatus {
        id: "shell-dev-tcp".to_owned(),
        title: "Shell opens /dev/tcp".to_owned(),
        pack: "linux".to_owned(),
        state: RuleState::Active,
        why: Vec::new(),
        severity: Severity::High,
        techniques: vec!["T1059.004".to_owned()],
        offered: 1_234,
        filtered: 1_230,
        judged: 4,
        over_budget: 0,
        faulted: 0,
        shed: 0,
        matched: 2,
        fuel: 99,
        fuel_us: None,
        fired: Fired::default(),
        tested: None,
        exceptions: 0,
        fuel_p99: None,
    }
}

/// Two pages, and a word in between about how far it is.
fn hunted(request: &Request, degraded: &[&str]) -> Response {
    let row = |pid| vec![Some(Cell::Integer(pid)), None];
    let columns = vec!["pid".to_owned(), "tty".to_owned()];
    let nothing =
        HuntAnswer { id: 7, columns: Vec::new(), rows: Vec::new(), scanned: 4, of: 9, end: None };
    let degraded = degraded.iter().map(|why| (*why).to_owned()).collect();
    let end = Some(HuntEnd { matched: 2, more: true, degraded, took: 1_000 });
    Response::Hunt(Box::new(match request {
        Request::Query(_) => nothing,
        Request::More { id: 7 } => {
            HuntAnswer { columns, rows: vec![row(42), row(43)], scanned: 9, end, ..nothing }
        }
        other => panic!("{other:?}"),
    }))
}

#[test]
fn a_query_goes_to_the_agent_as_it_was_written_until_its_answer_is_whole() {
    let agent = Agent::that(|request| hunted(&request, &[]));
    let sql = "SELECT pid, tty FROM process_starts WHERE name = ?1 AND pid > :pid";
    let words = ["query", sql, "-n", "1", "--param", "sh", "--param", "pid=5", "--timeout", "2s"];
    run(&agent.socket(), &words).with(0).says("2 rows of 9 events in 1 ms; there are more");
    let hunt = Hunt {
        sql: sql.to_owned(),
        numbered: vec![Some(Cell::Text("sh".to_owned()))],
        named: vec![("pid".to_owned(), Some(Cell::Integer(5)))],
        limit: 1,
        time_ms: 2_000,
        ..Hunt::default()
    };
    assert_eq!(agent.asked(), [Request::Query(Box::new(hunt)), Request::More { id: 7 }]);
    let document = run(&agent.socket(), &["query", sql, "--format", "json"]).with(0).json();
    assert_eq!(document["rows"], json!([[42, null], [43, null]]));
    assert_eq!(document["complete"], true);
    run(&agent.socket(), &["query", sql, "--format", "csv"]).with(0).says("pid,tty\r\n42,\r\n");
    let lines = run(&agent.socket(), &["query", sql, "--format", "jsonl"]);
    assert_eq!(lines.with(0).stdout(), "{\"pid\":42,\"tty\":null}\n{\"pid\":43,\"tty\":null}\n");
}

#[test]
fn an_answer_that_may_lack_something_says_so_in_every_form_and_ends_with_3() {
    let agent = Agent::that(|request| hunted(&request, &["7 events were lost"]));
    let query = |format| run(&agent.socket(), &["query", "SELECT", "--format", format]);
    query("table").with(3).says("not complete: 7 events were lost");
    assert_eq!(query("json").with(3).json()["degraded"], json!(["7 events were lost"]));
    query("jsonl").with(3).warns("not complete: 7 events were lost");
    query("csv").with(3).warns("not complete: 7 events were lost");
}

#[test]
fn an_answer_goes_into_a_file_that_only_its_owner_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let agent = Agent::that(|request| hunted(&request, &[]));
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("rows.csv");
    let path = file.to_str().expect("UTF-8");
    run(&agent.socket(), &["query", "SELECT", "--format", "csv", "-o", path]).with(0);
    assert_eq!(std::fs::read_to_string(&file).expect("a file"), "pid,tty\r\n42,\r\n43,\r\n");
    let mode = std::fs::metadata(&file).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let nowhere = "/nowhere/rows.csv";
    run(&agent.socket(), &["query", "SELECT", "-o", nowhere]).with(74).complains(nowhere);
}

#[test]
fn only_rows_are_written_as_lines_or_records() {
    let nowhere = std::path::Path::new("/nowhere/bus.sock");
    run(nowhere, &["status", "--format", "csv"]).with(2).complains("only the answer of `query`");
}

#[test]
fn a_rule_that_is_tried_says_by_its_code_whether_it_would_have_raised_anything() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("x.sql");
    std::fs::write(&file, "SELECT * FROM process_starts").expect("a file");
    let path = file.to_str().expect("UTF-8");
    for (matched, degraded, code) in [(0, vec![], 0), (2, vec![], 1), (0, vec!["lost".into()], 3)] {
        let report = TrialReport {
            id: "x".to_owned(),
            title: "x".to_owned(),
            inert: None,
            scanned: 9,
            matched,
            programs: 1,
            unjudged: 0,
            fuel: 90,
            columns: Vec::new(),
            rows: Vec::new(),
            degraded,
        };
        let agent = Agent::that(move |_| Response::Trial(Box::new(report.clone())));
        run(&agent.socket(), &["rules", "test", path]).with(code).says("of 9 events");
        match agent.asked().as_slice() {
            [Request::Try(trial)] => assert_eq!(trial.text, "SELECT * FROM process_starts"),
            other => panic!("{other:?}"),
        }
    }
    let nowhere = std::path::Path::new("/nowhere/bus.sock");
    run(nowhere, &["rules", "test", "/nowhere/x.sql"]).with(69);
}

#[test]
fn help_version_and_completions_need_no_agent() {
    let nowhere = std::path::Path::new("/nowhere/bus.sock");
    run(nowhere, &["--help"]).with(0).says("Exit codes:").says("Examples:");
    run(nowhere, &["--version"]).with(0).says("daemoneye ");
    for shell in ["bash", "zsh", "fish"] {
        run(nowhere, &["completions", shell]).with(0).says("severity");
    }
}

#[test]
fn dead_letters_are_listed_with_alert_and_reason() {
    let letter = DeadLetter {
        sink: "webhook".to_owned(),
        number: 17,
        died: 1,
        tries: 3,
        why: "answer 400\x1b[2J".to_owned(),
        alert: Some(AlertJson::from(&alert("a", "x"))),
    };
    let damaged = DeadLetter { number: 18, alert: None, ..letter.clone() };
    let letters = vec![letter, damaged];
    let agent = Agent::that(move |_| Response::DeadLetters(letters.clone()));
    let ended = run(&agent.socket(), &["alerts", "dead", "--sink", "webhook", "-n", "5"]);
    ended.with(0).says("webhook").says("shell-dev-tcp").says("(damaged)");
    assert!(!ended.stdout().contains('\x1b'));
    let expected = Request::DeadLetters { sink: Some("webhook".to_owned()), limit: 5 };
    assert_eq!(agent.asked(), [expected]);

    let document = run(&agent.socket(), &["alerts", "dead", "--format", "json"]).with(0).json();
    assert_eq!(document[0]["alert"]["rule"], "shell-dev-tcp");
    let expected = json!({ "sink": "webhook", "number": 18, "died": 1, "tries": 3,
                           "why": "answer 400\x1b[2J", "alert": null });
    assert_eq!(document[1], expected);
}

#[test]
fn dead_letters_are_replayed_and_dropped_as_said_and_counted() {
    let agent = Agent::that(|request| match request {
        Request::Replay(Letters { alert: Some(id), .. }) if id == "99" => {
            Response::Error("no dead letter of alert \"99\"".to_owned())
        }
        _ => Response::Settled(3),
    });
    run(&agent.socket(), &["alerts", "replay", "--all"]).with(0).says("3 alerts are offered again");
    let arguments = ["alerts", "drop", "17", "--sink", "x", "--format", "json"];
    assert_eq!(run(&agent.socket(), &arguments).with(0).json(), json!({ "dropped": 3 }));
    run(&agent.socket(), &["alerts", "replay", "99"])
        .with(70)
        .complains("no dead letter of alert \"99\"");
    let one = |alert: &str, sink: Option<&str>| Letters {
        alert: Some(alert.to_owned()),
        sink: sink.map(str::to_owned),
    };
    let asked = [
        Request::Replay(Letters { alert: None, sink: None }),
        Request::Drop(one("17", Some("x"))),
        Request::Replay(one("99", None)),
    ];
    assert_eq!(agent.asked(), asked);
}
