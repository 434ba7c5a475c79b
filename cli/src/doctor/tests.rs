//! Each decision, as found and as concluded.

use daemoneye_bus::control::AgentState;

use super::facts::{Clock, Found, Kernel, Place, Room};
use super::*;
use crate::render;
use crate::render::samples::{HOSTILE, assert_fits, hostile, look, status};

/// A host on which all is well.
fn well() -> Facts {
    let place =
        |path: &str, mode| Place { path: path.into(), found: Found::Something { uid: 7, mode } };
    let mut status = status();
    status.degraded.clear();
    Facts {
        uid: 0,
        units: true,
        version: "0.1.0".to_owned(),
        kernel: Kernel {
            release: "6.8.0".to_owned(),
            connector: Ok(()),
            landlock: 6,
            seccomp: true,
            cgroup2: true,
        },
        config: Ok(vec!["/etc/daemoneye/agent.toml".into()]),
        own_config: Ok(Vec::new()),
        socket: place("/run/daemoneye/bus.sock", 0o660),
        socket_directory: place("/run/daemoneye", 0o750),
        data: place("/var/lib/daemoneye", 0o700),
        room: Some(Room { free: 9 << 30, total: 20 << 30 }),
        trust: place("/etc/daemoneye/trust", 0o755),
        keys: vec![place("/etc/daemoneye/trust/a.pub", 0o644)],
        clock: Clock {
            now: 7_500_000_000,
            installed: Some(1),
            synchronised: Some(true),
            agent_age: Some(7_500_000_000),
        },
        agent: Answer::Status(Box::new(status)),
    }
}

fn worst(checks: &[Check]) -> State {
    checks.iter().map(|check| check.state).max().expect("there are checks")
}

fn set(place: &mut Place, mode: u32) {
    place.found = Found::Something { uid: 7, mode };
}

fn agent(facts: &mut Facts) -> &mut daemoneye_bus::control::Status {
    match &mut facts.agent {
        Answer::Status(status) => status,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_host_on_which_all_is_well_has_nothing_to_mend() {
    let checks = examine(&well());
    assert_eq!(worst(&checks), State::Ok, "{checks:#?}");
    assert!(checks.iter().all(|check| check.remedy.is_none()));
}

/// What is changed about a host, what check says so, how badly, and a word of it.
type Case = (fn(&mut Facts), &'static str, State, &'static str);

const CASES: &[Case] = &[
    (|f| f.kernel.landlock = 0, "landlock", State::Warn, "6.8.0"),
    (|f| f.kernel.landlock = 3, "landlock", State::Warn, "TCP ports are not"),
    (|f| f.kernel.landlock = 4, "landlock", State::Ok, "version 4"),
    (|f| f.kernel.seccomp = false, "seccomp", State::Warn, "filters no"),
    (|f| f.kernel.cgroup2 = false, "cgroup v2", State::Warn, "/sys/fs/cgroup"),
    (
        |f| agent(f).collectors[0].registration.capabilities = vec!["sweep".to_owned()],
        "proc connector",
        State::Warn,
        "only sweeps",
    ),
    (
        |f| {
            f.agent = Answer::Stopped;
            f.kernel.connector = Err("EPERM".to_owned());
        },
        "proc connector",
        State::Warn,
        "EPERM",
    ),
    (|f| set(&mut f.socket_directory, 0o770), "socket", State::Fail, "0770"),
    (|f| set(&mut f.socket, 0o666), "socket", State::Fail, "0666"),
    (|f| set(&mut f.socket, 0o600), "socket", State::Ok, "0600"),
    (|f| f.socket.found = Found::Hidden, "socket", State::Warn, "may not look"),
    (|f| set(&mut f.data, 0o755), "data", State::Fail, "command lines"),
    (|f| f.data.found = Found::Nothing, "data", State::Ok, "not there yet"),
    (|f| f.room = Some(Room { free: 255 << 20, total: 1 << 40 }), "disk", State::Fail, "255 MiB"),
    (|f| f.room = Some(Room { free: 256 << 20, total: 1 << 40 }), "disk", State::Warn, "256 MiB"),
    (|f| f.room = Some(Room { free: 2 << 30, total: 1 << 40 }), "disk", State::Ok, "2048 MiB"),
    (|f| f.room = None, "disk", State::Warn, "cannot be told"),
    (|f| f.trust.found = Found::Nothing, "trust", State::Warn, "not there"),
    (|f| f.keys.clear(), "trust", State::Warn, "no key"),
    (|f| set(&mut f.trust, 0o775), "trust", State::Fail, "who is believed"),
    (|f| set(&mut f.keys[0], 0o666), "trust", State::Fail, "a.pub"),
    (|f| f.keys[0].found = Found::Hidden, "trust", State::Warn, "may not read"),
    (|f| f.clock.installed = Some(7_530_000_001), "clock", State::Fail, "earlier"),
    (|f| f.clock.installed = Some(7_530_000_000), "clock", State::Ok, "keeps it"),
    (|f| f.clock.now += 10 * 365 * 86_400_000_000, "clock", State::Fail, "ten years"),
    (|f| f.clock.agent_age = Some(7_469_999_999), "clock", State::Warn, "put on by 30 s"),
    (|f| f.clock.agent_age = Some(7_470_000_000), "clock", State::Ok, "keeps it"),
    (|f| f.clock.agent_age = Some(7_600_000_000), "clock", State::Warn, "put back by 100 s"),
    (|f| f.clock.synchronised = Some(false), "clock", State::Warn, "nothing keeps"),
    (|f| f.clock.synchronised = None, "clock", State::Ok, "cannot be told"),
    (|f| f.config = Err("a.toml:3: x".to_owned()), "configuration", State::Fail, "a.toml:3"),
    (|f| f.own_config = Err("c.toml:1".to_owned()), "own configuration", State::Fail, "c.toml:1"),
    (|f| f.agent = Answer::Stopped, "agent", State::Fail, "none answers"),
    (|f| f.agent = Answer::Denied("no".to_owned()), "agent", State::Warn, "no"),
    (|f| f.agent = Answer::Other("odd".to_owned()), "agent", State::Fail, "odd"),
    (|f| agent(f).state = AgentState::Loading, "agent", State::Warn, "not judge yet"),
    (|f| agent(f).version = "9.9.9".to_owned(), "version", State::Warn, "9.9.9"),
    (|f| agent(f).collectors[0].alive = false, "sensor", State::Fail, "nothing is seen"),
    (|f| agent(f).degraded.push("a disk is full".to_owned()), "degraded", State::Warn, "full"),
];

#[test]
fn each_finding_has_its_conclusion_and_what_is_not_well_its_remedy() {
    for (number, (change, name, state, word)) in CASES.iter().enumerate() {
        let mut facts = well();
        change(&mut facts);
        let checks = examine(&facts);
        let said = |check: &&Check| check.name == *name && check.state == *state;
        let check = checks.iter().find(said).unwrap_or_else(|| panic!("{number}: {checks:#?}"));
        assert!(check.found.contains(word), "{number}: {check:?}");
        for check in &checks {
            assert_eq!(check.remedy.is_none(), check.state == State::Ok, "{number}: {check:?}");
        }
    }
}

#[test]
fn what_to_do_without_an_agent_depends_on_how_it_was_installed() {
    let remedy = |units| {
        let mut facts = well();
        facts.units = units;
        facts.agent = Answer::Stopped;
        let checks = examine(&facts);
        checks.into_iter().find(|check| check.name == "agent").and_then(|check| check.remedy)
    };
    let installed = remedy(true).expect("a remedy");
    assert!(installed.starts_with("systemctl enable --now"), "{installed}");
    assert_eq!(remedy(false).as_deref(), Some("daemoneye-agent run"));
}

#[test]
fn the_page_fits_and_hostile_text_is_harmless_at_any_width() {
    let mut facts = well();
    facts.agent = Answer::Status(Box::new(hostile()));
    facts.config = Err(HOSTILE.to_owned());
    facts.socket.path = HOSTILE.into();
    for width in [40, 80, 200] {
        assert_fits(&render::doctor(&examine(&facts), &look(width)), width);
    }
}
