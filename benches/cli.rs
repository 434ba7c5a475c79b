//! Promise: from the start of `daemoneye` to its first output are less than 30 ms. Peers in the same
//! run: `true`, which does nothing, and `git --version`.
#![expect(clippy::print_stdout, reason = "a bench tells what it measured")]

#[path = "../cli/tests/program/agent.rs"]
#[expect(dead_code, reason = "a part of the small language of the program's tests")]
mod agent;

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use daemoneye_bus::control::{
    AgentState, AlertCounts, EventCounts, Response, RuleCounts, SandboxStatus, Status,
};

use agent::Agent;

/// Starts of each program, one after the other in turn, so that what else the machine does meets
/// all of them.
const ROUNDS: usize = 60;
const PROMISED: Duration = Duration::from_millis(30);

/// One program with its arguments.
struct Contender {
    name: &'static str,
    command: Box<dyn Fn() -> Command>,
    /// Whether the promise is about it.
    is_ours: bool,
}

fn main() {
    let agent = Agent::that(|_| Response::Status(Box::new(status())));
    let contenders = contenders(&agent.socket());
    let mut times = vec![Vec::with_capacity(ROUNDS); contenders.len()];
    for _ in 0..ROUNDS {
        for (contender, times) in contenders.iter().zip(&mut times) {
            times.extend(first_output(contender));
        }
    }
    println!("from start to first output, {ROUNDS} starts each   median      p95");
    let mut medians = Vec::new();
    for (contender, times) in contenders.iter().zip(&mut times) {
        times.sort_unstable();
        let Some(median) = times.get(times.len() / 2).copied() else {
            println!("{:44} NOT RUN: it is not installed", contender.name);
            continue;
        };
        println!(
            "{:44} {:>9} {:>8}",
            contender.name,
            ms(median),
            ms(times[times.len() * 95 / 100])
        );
        medians.push((contender, median));
    }
    let peer = medians.iter().find(|(contender, _)| contender.name == "git --version");
    for (contender, median) in medians.iter().filter(|(contender, _)| contender.is_ours) {
        let verdict = if *median < PROMISED { "kept" } else { "NOT KEPT" };
        println!("{}: {} of {} promised, {verdict}", contender.name, ms(*median), ms(PROMISED));
        if let Some((peer, time)) = peer {
            let ratio = median.as_secs_f64() / time.as_secs_f64();
            println!("ratio: {} / {} = {ratio:.2}", contender.name, peer.name);
        }
    }
}

fn contenders(socket: &Path) -> Vec<Contender> {
    let socket = socket.to_owned();
    let ours = |name, argument: &'static str| {
        let socket = socket.clone();
        let command = move || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_daemoneye"));
            command.arg(argument).env("DAEMONEYE_SOCKET", &socket);
            command
        };
        Contender { name, command: Box::new(command), is_ours: true }
    };
    let theirs = |name: &'static str| {
        let command = move || {
            let mut words = name.split(' ');
            let mut command = Command::new(words.next().unwrap_or_default());
            command.args(words);
            command
        };
        Contender { name, command: Box::new(command), is_ours: false }
    };
    vec![
        ours("daemoneye --version", "--version"),
        ours("daemoneye status", "status"),
        theirs("true"),
        theirs("git --version"),
    ]
}

/// Until the first byte, or the end of a program that writes none; nothing if it does not start.
fn first_output(contender: &Contender) -> Option<Duration> {
    let mut command = (contender.command)();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().ok()?;
    let mut output = child.stdout.take().expect("piped");
    let read = output.read(&mut [0]).expect("a pipe");
    let elapsed = start.elapsed();
    let mut rest = Vec::new();
    output.read_to_end(&mut rest).expect("a pipe");
    let status = child.wait().expect("a child");
    assert!(status.success() && (read == 1 || !contender.is_ours), "{}: {status}", contender.name);
    Some(elapsed)
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}

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
