//! From the exec of a program to the alert about it, through the real programs.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value as Json;

use crate::agent::Agent;
use crate::build;
use crate::home::Home;

/// How often.
const TIMES: usize = 200;
/// Between two of them: an idle host is not busy with the last one.
const PAUSE: Duration = Duration::from_millis(50);
/// How often the agent is asked whether the last alert is there, a second apart.
const PATIENCE: usize = 30;
/// A shell that opens a closed port of this host, and stays.
const SCRIPT: &str = "exec 3<>/dev/tcp/127.0.0.1/9; read";
const RULE: &str = "shell-dev-tcp";

/// Prints the distribution.
pub(super) fn measure(plugins: &Path) -> Result<()> {
    let home = Home::prepare("latency", build::programs_to_measure()?, plugins)?;
    home.forget()?;
    let mut agent = Agent::start_silently(&home)?;
    agent.wait_until_steady()?;
    agent.wait_until_first_sweep()?;
    let mut pids = Vec::new();
    for _ in 0..TIMES {
        let mut shell = start()?;
        pids.push(u64::from(shell.id()));
        std::thread::sleep(PAUSE);
        shell.kill()?;
        shell.wait()?;
    }
    let mut latencies = wait_for(&home, &pids)?;
    agent.stop()?;
    ensure!(latencies.len() == TIMES, "{} of {TIMES} raised no alert", TIMES - latencies.len());
    latencies.sort_unstable();
    let at = |share: usize| latencies[(TIMES * share / 100).min(TIMES - 1)] as f64 / 1e3;
    println!("exec to alert, {TIMES} programs, through sensor, socket, store and sandbox");
    println!(
        "  p50 {:.1} ms  p90 {:.1} ms  p99 {:.1} ms  max {:.1} ms",
        at(50),
        at(90),
        at(99),
        at(100)
    );
    Ok(())
}

fn start() -> Result<Child> {
    let mut bash = Command::new("bash");
    bash.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    bash.spawn().context("bash")
}

/// From the time that the kernel gave the exec to the time that the agent gave the alert,
/// microseconds.
fn wait_for(home: &Home, pids: &[u64]) -> Result<Vec<i64>> {
    let mut found = Vec::new();
    for _ in 0..PATIENCE {
        found = latencies(home, pids)?;
        if found.len() >= pids.len() {
            break;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    Ok(found)
}

fn latencies(home: &Home, pids: &[u64]) -> Result<Vec<i64>> {
    let mut command = home.program("daemoneye");
    let output = command.args(["alerts", "--limit", "1000", "--format", "json"]).output()?;
    let alerts: Vec<Json> = serde_json::from_slice(&output.stdout).context("alerts")?;
    let is_ours = |alert: &&Json| {
        let pid = alert["event"]["pid"].as_u64();
        alert["rule"] == RULE && pid.is_some_and(|pid| pids.contains(&pid))
    };
    Ok(alerts.iter().filter(is_ours).filter_map(|alert| alert["latency"].as_i64()).collect())
}
