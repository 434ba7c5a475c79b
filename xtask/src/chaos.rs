//! `cargo xtask chaos`: kills sensor, agent and both at random moments, and counts what is lost.

use anyhow::Result;

use crate::build::{self, cargo};
use crate::guests;

/// The test that does it, with as many rounds as the environment says.
const TEST: &str =
    "chaos::whoever_is_killed_at_whatever_moment_nothing_acknowledged_is_lost_or_doubled";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many kills
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    guests::build()?;
    build::programs(false)?;
    let mut test = cargo("test");
    test.args(["--workspace", "--test", "integration", "--", "--exact", TEST, "--nocapture"]);
    build::run(test.env("DAEMONEYE_CHAOS_ROUNDS", arguments.rounds.to_string()))
}
