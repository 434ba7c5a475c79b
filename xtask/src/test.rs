//! `cargo xtask test`: everything, plugins included.

use anyhow::Result;

use crate::build::{self, cargo};
use crate::{guests, languages};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Passed on to `cargo test`, such as a test's name
    #[arg(trailing_var_arg = true)]
    rest: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    guests::build()?;
    languages::run_what_can_be()?;
    build::programs(false)?;
    build::run(cargo("test").arg("--workspace").args(&arguments.rest))
}
