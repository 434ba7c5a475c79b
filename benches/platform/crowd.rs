//! Many plugins at once: how much memory each further one takes, and how long all of them take.

use std::time::Instant;

use anyhow::{Context, Result};
use daemoneye_benches::hosting::{Hosted, Hosting, events};
use daemoneye_benches::memory;
use daemoneye_bus::event::Batch;
use daemoneye_host::plugin::{Limits, RulePlugin, RuleTemplate, Sandbox};

/// Instances that are there before memory is counted: what the first one brings for all.
const BEFORE: usize = 8;

pub(crate) fn print(component: &[u8], plugins: usize) -> Result<()> {
    let sandbox = Sandbox::new(None)?;
    let template = RuleTemplate::compile(&sandbox, "bench", component)?;
    let batch = Batch::from_events(&events(16)).expect("events");
    let judging = || -> Result<RulePlugin> {
        let mut plugin = template.load(Vec::new(), Limits::COMPONENT)?;
        plugin.judge(&batch);
        Ok(plugin)
    };
    let mut alive = (0..BEFORE).map(|_| judging()).collect::<Result<Vec<_>>>()?;
    let before = memory::resident().context("this system does not tell what is resident")?;
    for _ in 0..plugins {
        alive.push(judging()?);
    }
    let grown = memory::resident().unwrap_or(before).saturating_sub(before);
    println!(
        "ratio: {plugins} further instances that have judged take {} KiB of resident memory each",
        (grown / plugins as u64) >> 10
    );
    drop(alive);
    different(&sandbox, component, plugins, &batch)
}

/// Components that have nothing in common: none is compiled for another.
fn different(sandbox: &Sandbox, component: &[u8], plugins: usize, batch: &Batch) -> Result<()> {
    let before = memory::resident();
    let started = Instant::now();
    let load = |number: usize| Ok(Hosted::load(sandbox, &numbered(component, number))?);
    let mut all = (0..plugins).map(load).collect::<Result<Vec<_>>>()?;
    let took = started.elapsed();
    let started = Instant::now();
    for host in &mut all {
        host.take(batch);
        host.judge();
    }
    let grown = memory::resident().unwrap_or(0).saturating_sub(before.unwrap_or(0));
    println!(
        "ratio: {plugins} different plugins load in {:.1} s ({:.1} ms each), judge {} events one \
         after the other in {:.2} ms, and take {} MiB",
        took.as_secs_f64(),
        took.as_secs_f64() * 1e3 / plugins as f64,
        batch.rows(),
        started.elapsed().as_secs_f64() * 1e3,
        grown >> 20,
    );
    Ok(())
}

/// The same component with a number at its end, in a section that nobody reads.
fn numbered(component: &[u8], number: usize) -> Vec<u8> {
    let content = [&[1, b'n'][..], &number.to_le_bytes()].concat();
    let length = u8::try_from(content.len()).expect("a short section");
    [component, &[0, length], &content].concat()
}
