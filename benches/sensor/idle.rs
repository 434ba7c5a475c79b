//! What the sensor takes while nothing happens.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::{Children, PROCMOND};

/// What `/proc/PID/stat` counts processor time in.
const TICKS_PER_SECOND: f64 = 100.0;

pub(crate) fn measure(time: Duration) -> Result<()> {
    let mut program = Command::new(PROCMOND);
    program.arg("--standalone").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = Children(vec![program.spawn().context("procmond")?]);
    let pid = child.0[0].id();
    // Hashes of what runs are computed once.
    thread::sleep(Duration::from_secs(5));
    let before = processor_time(pid)?;
    thread::sleep(time);
    let used = (processor_time(pid)? - before) / time.as_secs_f64();
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    println!("idle for {time:?}");
    println!("  processor   {:.2} % of a core", 100.0 * used);
    println!("  resident    {}", resident.trim());
    Ok(())
}

/// Seconds, in the program and in the kernel for it.
fn processor_time(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(") ").context("stat")?;
    let ticks: Vec<f64> =
        fields.split(' ').skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / TICKS_PER_SECOND)
}
