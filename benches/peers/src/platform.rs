//! One rule that is code under several hosts of plugins: ours, wasmtime alone, Extism.

use anyhow::Result;
use daemoneye_benches::hosting::{COMPONENT, Hosted, Hosting, Native, ROWS, Raw, medians};
use daemoneye_benches::options::plugins;
use daemoneye_host::plugin::Sandbox;

use crate::extism::{Extism, Form};

/// Rounds behind each figure.
const ROUNDS: usize = 200;

pub(crate) fn print() -> Result<()> {
    let component = std::fs::read(plugins().join(COMPONENT))?;
    let mut hosts: Vec<Box<dyn Hosting>> = vec![
        Box::new(Hosted::load(&Sandbox::new(None)?, &component)?),
        Box::new(Raw::load(&component)?),
        Box::new(Native::default()),
        Box::new(Extism::load(Form::Json)?),
        Box::new(Extism::load(Form::Columns)?),
    ];
    for rows in ROWS {
        let times = medians(&mut hosts, rows, ROUNDS);
        let ns = |at: usize| times[at].as_secs_f64() * 1e9 / rows as f64;
        println!(
            "ratio: batch {rows}: Extism / ours = {:.1}  ({:.0} / {:.0} ns per event; with columns in \
             one buffer {:.0}, {:.1}; raw component {:.0}, native {:.0})",
            ns(3) / ns(0),
            ns(3),
            ns(0),
            ns(4),
            ns(4) / ns(0),
            ns(1),
            ns(2),
        );
    }
    Ok(())
}
