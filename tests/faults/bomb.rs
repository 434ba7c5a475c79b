//! A process that forks until it may not any more, again and again.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use daemoneye_tests::{Agent, Home};
use serde_json::Value as Json;

use super::collector;

/// Doubles itself until the limit stops it; what gets through writes a line and is told from its
/// parents by a number that they have only as a sum.
const BOMB: &str = r#"
b() {
    if [ "$1" -gt 0 ]; then
        b $(($1 - 1)) &
        b $(($1 - 1)) &
        wait
    else
        /bin/sh -c 'echo >> "$TALLY"' "leaf-$((40000 + 242))"
    fi
}
b 10
"#;
const SEEN: &str =
    "SELECT count(*) AS n FROM process_starts WHERE command_line LIKE '%leaf-40242%'";
/// Starts whose command line was gone before it could be read, and that say so.
const BARE: &str =
    "SELECT count(*) AS n FROM process_starts WHERE absent LIKE '%command_line=gone%'";
/// Processes of the bomb at a time.
const LIMIT: &str = "--nproc=100:100";
/// So many leaves at least.
const LEAVES: usize = 300;
const MIB: u64 = 1 << 20;

/// Goes off once; whether the limit has stopped it somewhere.
fn explode(tally: &Path) -> bool {
    let mut bomb = Command::new("nice");
    bomb.args(["prlimit", LIMIT, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
    bomb.args(["/bin/sh", "-c", BOMB]).env("TALLY", tally).current_dir("/");
    let output = bomb.stdin(Stdio::null()).stdout(Stdio::null()).output().expect("it starts");
    String::from_utf8_lossy(&output.stderr).contains("fork")
}

/// The most that a process ever had in memory, bytes.
fn peak(pid: i64) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it lives");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
}

fn count(agent: &Agent, question: &str) -> u64 {
    let answer = agent.ask(&["query", question]);
    let number = answer["rows"][0][0].as_u64();
    number.unwrap_or_else(|| panic!("{question}: {answer}"))
}

/// Whether the kernel tells this sensor of each exec, and it may go off as somebody else.
fn lack(agent: &Agent) -> Option<&'static str> {
    let status = agent.ask(&["status"]);
    let sees = status["collectors"][0]["registration"]["capabilities"].to_string();
    if !rustix::process::geteuid().is_root() {
        return Some("only root can start a process with another user's limit");
    }
    (!sees.contains("proc connector")).then_some("the kernel does not tell of each exec here")
}

#[test]
fn a_fork_bomb_ends_nobody_else_and_each_exec_of_it_is_seen_or_counted() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    if let Some(lack) = lack(&agent) {
        return eprintln!("SKIPPED: {lack}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).expect("ours");
    let tally = folder.path().join("tally");
    let executed = || fs::read(&tally).map_or(0, |bytes| bytes.len());
    let (sensor, own) = (agent.sensor(), i64::from(agent.pid()));
    let before = peak(own);
    let mut stopped = false;
    while executed() < LEAVES || !stopped {
        stopped |= explode(&tally);
    }
    let executed = executed() as u64;
    let lost = |status: &Json| collector(status, "procmond")["heartbeat"]["lost"].as_u64();
    let told = |agent: &Agent| {
        let lost = lost(&agent.ask(&["status"])).unwrap_or(0);
        (count(agent, SEEN), count(agent, BARE), lost)
    };
    let told = agent.wait_for("every exec is told of", told, |(seen, bare, lost)| {
        seen + bare + lost >= executed
    });
    let (sensor_peak, agent_growth) = (peak(sensor), peak(own).saturating_sub(before));
    let (seen, bare, lost) = told;
    eprintln!("{executed} execs: {seen} seen, {bare} starts without arguments, {lost} lost");
    eprintln!("sensor at most {} MiB, agent {} MiB more", sensor_peak / MIB, agent_growth / MIB);
    assert_eq!(agent.sensor(), sensor, "it is the same");
    assert!(sensor_peak < 96 * MIB, "{sensor_peak}");
    assert!(agent_growth < 256 * MIB, "{agent_growth}");
}
