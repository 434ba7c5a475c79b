//! How long it takes until a component judges: from its bytes, and from code that was kept.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use daemoneye_benches::hosting::{Hosted, Hosting, events, median};
use daemoneye_bus::event::Batch;
use daemoneye_host::plugin::Sandbox;

const COLD: usize = 5;
const WARM: usize = 21;

pub(crate) fn print(component: &[u8]) -> Result<()> {
    let cache = tempfile::tempdir()?;
    let cold = (0..COLD).map(|_| start(component, None)).collect::<Result<Vec<_>>>()?;
    start(component, Some(cache.path()))?;
    let warm =
        (0..WARM).map(|_| start(component, Some(cache.path()))).collect::<Result<Vec<_>>>()?;
    println!(
        "ratio: a rule in Rust of {} KiB judges its first event after {:.1} ms, from kept code after \
         {:.2} ms",
        component.len() >> 10,
        median(cold).as_secs_f64() * 1e3,
        median(warm).as_secs_f64() * 1e3,
    );
    Ok(())
}

/// From bytes to the first verdict. The sandbox itself is there: an agent makes one at its start.
fn start(component: &[u8], cache: Option<&Path>) -> Result<Duration> {
    let sandbox = Sandbox::new(cache)?;
    let batch = Batch::from_events(&events(1)).expect("an event");
    let started = Instant::now();
    let mut host = Hosted::load(&sandbox, component)?;
    host.take(&batch);
    host.judge();
    Ok(started.elapsed())
}
