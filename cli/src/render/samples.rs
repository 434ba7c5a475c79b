//! Answers to render in tests, some of them hostile.

use daemoneye_bus::alert::{Alert, Severity};
use daemoneye_bus::control::{
    AgentState, AlertCounts, BreakerState, CollectorState, CollectorStatus, EventCounts, Fired,
    Heartbeat, Measure, MemoryCounts, PackStatus, Registration, RuleCounts, RuleState, RuleStatus,
    SandboxStatus, SinkStatus, Status,
};
use jiff::tz::TimeZone;

pub(crate) use super::escape::is_hostile;
use crate::terminal::Look;

/// Colours, a cleared screen, another direction, another line, and no place to break it.
pub(crate) const HOSTILE: &str = "x\x1b[31m\x1b[2J\u{202e}gpj\u{2066}\r\nsteady state\t\u{9b}0m\u{200b}\
     aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa漢字漢字";

pub(crate) fn look(width: u16) -> Look {
    Look { width, colours: false, zone: TimeZone::UTC, now: 7_500_000_000 }
}

/// No line is wider than the terminal, and none does anything but be read.
pub(crate) fn assert_fits(text: &str, width: u16) {
    for line in text.lines() {
        assert!(!line.chars().any(is_hostile), "{line:?}");
        // A wide character takes two columns; none of the samples takes more.
        let columns: usize = line.chars().map(|c| if c >= '\u{1100}' { 2 } else { 1 }).sum();
        assert!(columns <= usize::from(width), "{columns} columns, not {width}: {line:?}");
    }
}

pub(crate) fn alert(command_line: &str, severity: Severity) -> Alert {
    let event = serde_json::json!({ "pid": 42, "command_line": command_line });
    Alert {
        id: "a".repeat(32),
        time: 1_000_000,
        latency: 5,
        rule: "shell-dev-tcp".to_owned(),
        title: "Shell opens /dev/tcp".to_owned(),
        pack: "linux".to_owned(),
        severity,
        techniques: Vec::new(),
        evidence: Vec::new(),
        shown: serde_json::Map::new(),
        event: event.as_object().expect("an object").clone(),
        repeats: 0,
        witness: None,
        degraded: None,
    }
}

pub(crate) fn rule(id: &str) -> RuleStatus {
    RuleStatus {
        id: id.to_owned(),
        title: id.to_owned(),
        pack: "linux".to_owned(),
        state: RuleState::Active,
        why: Vec::new(),
        severity: Severity::High,
        techniques: Vec::new(),
        offered: 1_000,
        filtered: 987,
        judged: 10,
        over_budget: 2,
        faulted: 1,
        shed: 0,
        matched: 3,
        fuel: 12_345,
        fuel_us: Some(1_500),
        fired: Fired { last: Some(3_000_000), entities: 2 },
        tested: Some(0),
        exceptions: 1,
        fuel_p99: Some(2_047),
    }
}

pub(crate) fn status() -> Status {
    let registration = Registration {
        id: "procmond".to_owned(),
        source: "procmond:1".to_owned(),
        pid: 43,
        version: "0.1.0".to_owned(),
        capabilities: vec!["proc connector".to_owned(), "sweep".to_owned()],
        degraded: vec!["no CAP_SYS_PTRACE".to_owned()],
        confinement: vec![
            Measure::tried("seccomp", "few calls", Ok(())),
            Measure::tried("landlock", "writes little", Err("this kernel has none".to_owned())),
        ],
    };
    let heartbeat = Heartbeat {
        seen: 12_345,
        acknowledged: 12_300,
        lost: 7,
        processes: 312,
        shed: 3,
        waiting: 2,
        slow: true,
        stuck: true,
        paused: false,
        withheld: 5,
    };
    let fault = Some("permission denied".to_owned());
    Status {
        version: "0.1.0".to_owned(),
        state: AgentState::SteadyState,
        pid: 42,
        started: 0,
        data_dir: "/var/lib/daemoneye".to_owned(),
        collectors: vec![CollectorStatus {
            registration,
            alive: true,
            state: CollectorState::Running,
            restarts: 1,
            heartbeat,
        }],
        events: EventCounts {
            received: 12_345,
            duplicates: 45,
            pruned: 0,
            stored: 12_300,
            judged: 12_300,
            lost: 7,
        },
        alerts: AlertCounts { findings: 17, alerts: 15, repeats: 2, limited: 1, excepted: 3 },
        sinks: vec![SinkStatus {
            name: "file".to_owned(),
            configured: true,
            owed: 1_015,
            delivered: 1_000,
            pending: 12,
            dead: 2,
            dropped: 1,
            retried: 40,
            breaker: BreakerState::HalfOpen,
            oldest: Some(0),
            fault,
        }],
        packs: vec![PackStatus {
            id: "linux-essentials".to_owned(),
            release: 3,
            signer: None,
            rules: 40,
            tested: Some(0),
        }],
        rules: RuleCounts { active: 41, inert: 2, refused: 1, disabled: 4 },
        sandbox: SandboxStatus {
            fuel_per_ms: 1_900_000,
            restarts: 3,
            state_lost: Some(0),
            memory: MemoryCounts { late: 4, evicted_groups: 5, ..MemoryCounts::default() },
            evicted: 1_234,
            known_again: 5_678,
        },
        confinement: vec![Measure::tried("no_new_privs", "no program gives any", Ok(()))],
        degraded: vec!["sink file: permission denied".to_owned()],
    }
}

/// A status in which every text is hostile.
pub(crate) fn hostile() -> Status {
    let mut status = status();
    let text = || HOSTILE.to_owned();
    (status.version, status.data_dir) = (text(), text());
    status.state = AgentState::StartupFailed { reason: text() };
    let registration = &mut status.collectors[0].registration;
    (registration.id, registration.version) = (text(), text());
    (registration.capabilities, registration.degraded) = (vec![text()], vec![text(), text()]);
    registration.confinement = vec![
        Measure::tried(HOSTILE, HOSTILE, Ok(())),
        Measure::tried(HOSTILE, HOSTILE, Err(text())),
    ];
    (status.sinks[0].name, status.sinks[0].fault) = (text(), Some(text()));
    (status.packs[0].id, status.packs[0].signer) = (text(), Some(text()));
    status.degraded = vec![text()];
    status
}
