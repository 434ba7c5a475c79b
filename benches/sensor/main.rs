//! Promise: the sensor sees all processes as fast as `ps`, every program of a storm, costs an idle
//! machine next to nothing, and writes down what it has seen faster than it can see.
//!
//! The peers in the same run are `ps` with the columns that the sensor reads, too, and a plain file
//! that is flushed as often as the log. Processes are real ones: sleeping children, and `/bin/true`.
#![expect(clippy::print_stdout, reason = "a bench reports there")]

mod durable;
mod enumerate;
mod idle;
mod storm;

use std::process::Child;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;

const PROCMOND: &str = env!("CARGO_BIN_EXE_procmond");

/// What to measure.
#[derive(Parser)]
struct Arguments {
    /// Sleeping processes to enumerate
    #[arg(long, default_value_t = 10_000)]
    processes: usize,
    /// Processes of the storm
    #[arg(long, default_value_t = 20_000)]
    storm: usize,
    /// Seconds to watch the sensor do nothing
    #[arg(long, default_value_t = 20)]
    idle: u64,
    /// Seconds to write events to the log
    #[arg(long, default_value_t = 5)]
    durable: u64,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is asked for none of is left out.
fn main() -> Result<()> {
    let Arguments { processes, storm, idle, durable, .. } = Arguments::parse();
    if idle > 0 {
        idle::measure(Duration::from_secs(idle))?;
    }
    if durable > 0 {
        durable::measure(Duration::from_secs(durable))?;
    }
    if storm > 0 {
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        storm::measure("nothing else runs", storm, 0)?;
        storm::measure("every core is busy", storm, cores)?;
    }
    if processes > 0 {
        enumerate::measure(processes)?;
    }
    Ok(())
}

/// Ends them, whatever happens.
struct Children(Vec<Child>);

impl Drop for Children {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _has_ended = child.kill();
        }
        for child in &mut self.0 {
            let _is_not_ours = child.wait();
        }
    }
}
