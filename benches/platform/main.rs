//! Promise: a component of somebody else's costs at most 1.3 times what it costs in wasmtime alone,
//! is stopped in time, recovers within a millisecond, and takes little memory; and a pack is replaced
//! under a load of 100,000 events/s without one being lost.
#![expect(clippy::print_stdout, reason = "a bench reports there")]

mod crowd;
mod faults;
mod replaced;
mod start;

use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use daemoneye_benches::hosting::{COMPONENT, Hosted, Hosting, Native, ROWS, Raw, Rounds};
use daemoneye_benches::options::plugins;
use daemoneye_host::plugin::Sandbox;

#[derive(Parser)]
#[command(name = "cargo xtask bench platform --", about = "Hosting plugins", long_about = None)]
struct Arguments {
    /// Rounds behind each figure of an event
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    rounds: u64,
    /// Plugins that are loaded at once
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(2..=1_000))]
    plugins: u64,
    /// Seconds for which packs are replaced under load
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(2..=600))]
    seconds: u64,
    /// `cargo bench` says so to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let component = read(COMPONENT)?;
    events(&component, usize::try_from(arguments.rounds)?)?;
    faults::print(&read("test/misbehaver.wasm")?)?;
    start::print(&component)?;
    crowd::print(&component, usize::try_from(arguments.plugins)?)?;
    replaced::print(Duration::from_secs(arguments.seconds))
}

fn read(name: &str) -> Result<Vec<u8>> {
    let path = plugins().join(name);
    std::fs::read(&path).with_context(|| format!("{}: run `cargo xtask bench`", path.display()))
}

/// What one event costs under each host, by the size of the batch.
fn events(component: &[u8], rounds: usize) -> Result<()> {
    let sandbox = Sandbox::new(None)?;
    let mut hosts: Vec<Box<dyn Hosting>> = vec![
        Box::new(Hosted::load(&sandbox, component)?),
        Box::new(Raw::load(component)?),
        Box::new(Native::default()),
    ];
    for rows in ROWS {
        let times = Rounds::run(&mut hosts, rows, rounds);
        let ns = |host| times.median(host).as_secs_f64() * 1e9 / rows as f64;
        let [ours, raw, native] = [0, 1, 2].map(ns);
        println!(
            "ratio: batch {rows}: ours / raw component = {:.2}  ({ours:.0} / {raw:.0} ns per event; \
             native {native:.0}, ours / native = {:.2})",
            times.ratio(0, 1),
            times.ratio(0, 2),
        );
    }
    Ok(())
}
