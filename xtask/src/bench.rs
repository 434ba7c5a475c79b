//! `cargo xtask bench`: each bench measures its peer in the same run and prints the ratio.

use anyhow::{Result, bail};

use crate::build::{self, cargo};
use crate::guests;

/// Every bench: a file in `benches/` with one promise.
const BENCHES: &[&str] = &["rule", "bus", "store"];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which; all if none is named
    names: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let known = |name: &&String| !BENCHES.contains(&name.as_str());
    if let Some(unknown) = arguments.names.iter().find(known) {
        bail!("bench {unknown:?} is none of {}", BENCHES.join(", "));
    }
    guests::build()?;
    let named =
        |bench: &&&str| arguments.names.is_empty() || arguments.names.iter().any(|n| n == **bench);
    for bench in BENCHES.iter().filter(named) {
        build::run(cargo("bench").args(["--package", "daemoneye-benches", "--bench", bench]))?;
    }
    Ok(())
}
