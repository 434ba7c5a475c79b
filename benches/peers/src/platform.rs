//! One rule that is code under several hosts of plugins: ours, wasmtime alone, Extism.

use anyhow::Result;
use daemoneye_benches::hosting::{COMPONENT, Hosted, Hosting, Native, ROWS, Raw, Rounds};
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
        Box::new(Extism::load(Form::Events)?),
        Box::new(Extism::load(Form::Read)?),
        Box::new(Extism::load(Form::Columns)?),
    ];
    for rows in ROWS {
        let times = Rounds::run(&mut hosts, rows, ROUNDS);
        println!("batch {rows}, ns per event:");
        for (number, host) in hosts.iter().enumerate() {
            let ns = times.median(number).as_secs_f64() * 1e9 / rows as f64;
            println!("  {:<19} {ns:>8.0}", host.name());
        }
        for (number, host) in hosts.iter().enumerate().skip(1) {
            let ratio = times.ratio(number, 0);
            println!("ratio: batch {rows}: {} / ours = {ratio:.2}", host.name());
        }
    }
    Ok(())
}
