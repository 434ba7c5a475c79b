//! All processes, as one look of the sensor from its start to its end, and as `ps` tells them.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::{Children, PROCMOND};

const PS: [&str; 2] = ["-eo", "pid,ppid,uid,lstart,stat,rss,comm,args"];
/// Time is that of the median of so many rounds, taken in turn.
const ROUNDS: usize = 7;

pub(crate) fn measure(count: usize) -> Result<()> {
    let sleeper = || Command::new("sleep").arg("86400").stdin(Stdio::null()).spawn();
    let mut children = Children(Vec::with_capacity(count));
    for _ in 0..count {
        children.0.push(sleeper().context("sleep")?);
    }
    let (mut own, mut peer) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        own.push(time(PROCMOND, &["--once"])?);
        peer.push(time("ps", &PS)?);
    }
    let (own, peer) = (median(own), median(peer));
    let ratio = own.as_secs_f64() / peer.as_secs_f64();
    println!("enumerate {count} processes, median of {ROUNDS}");
    println!("  procmond --once  {own:>10.1?}  ratio to ps {ratio:.2}");
    println!("  ps {}  {peer:>10.1?}", PS.join(" "));
    Ok(())
}

fn time(program: &str, arguments: &[&str]) -> Result<Duration> {
    let started = Instant::now();
    let mut command = Command::new(program);
    let status = command.args(arguments).stdout(Stdio::null()).status().context("starts")?;
    ensure!(status.success(), "{program}: {status}");
    Ok(started.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
