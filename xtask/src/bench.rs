//! `cargo xtask bench`: each bench measures its peer in the same run and prints the ratio.

mod latency;

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};

use daemoneye_component::{TARGET, Toolchain, flags};

use crate::build::{self, cargo};
use crate::guests;

/// Every bench: a file in `benches/` with one promise.
const BENCHES: &[&str] = &["rule", "engine", "platform", "bus", "store", HUNT, SENSOR, CLI];
/// Has no component.
const HUNT: &str = "hunt";
/// Measures a program, and so it belongs to the program's package.
const SENSOR: &str = "sensor";
/// Likewise.
const CLI: &str = "cli";
/// A workspace of its own, as it links what the product never does; only measured when named.
const PEERS: &str = "peers";
/// With this flag they have Extism among them, which takes minutes to build.
const PLATFORM: &str = "--platform";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which: rule, engine, platform, bus, store, hunt, sensor, cli, peers; all but peers if none is named
    names: Vec<String>,
    /// For the bench itself; `engine`, `platform`, `hunt`, `peers` and `sensor` say with --help what they take
    #[arg(last = true)]
    flags: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let Arguments { names, flags } = arguments;
    let is_known = |name: &&String| BENCHES.contains(&name.as_str()) || *name == PEERS;
    if let Some(unknown) = names.iter().find(|name| !is_known(name)) {
        bail!("bench {unknown:?} is none of {}, {PEERS}", BENCHES.join(", "));
    }
    ensure!(flags.is_empty() || names.len() == 1, "flags {flags:?} are for one bench: name it");
    let plugins = guests::build()?;
    for bench in
        BENCHES.iter().filter(|bench| names.is_empty() || names.iter().any(|n| n == *bench))
    {
        let package = match *bench {
            SENSOR => "procmond",
            CLI => "daemoneye-cli",
            _ => "daemoneye-benches",
        };
        let bench = ["--package", package, "--bench", bench, "--"];
        build::run(cargo("bench").args(bench).args(flags))?;
    }
    if names.is_empty() || names.iter().any(|name| name == SENSOR) {
        latency::measure(&plugins)?;
    }
    if names.iter().any(|name| name == PEERS) {
        peers(flags)?;
    }
    Ok(())
}

/// Writes events into a store that is no agent's: those that `bench hunt` measures with.
#[derive(clap::Args)]
pub(crate) struct Seed {
    /// How many
    #[arg(long, default_value_t = 10_000_000)]
    events: u64,
    /// Where the store goes, as store.redb
    directory: PathBuf,
}

pub(crate) fn seed(seed: &Seed) -> Result<()> {
    let directory = std::path::absolute(&seed.directory)?;
    let bench = ["--package", "daemoneye-benches", "--bench", HUNT, "--"];
    let events = ["--events".to_owned(), seed.events.to_string(), "--seed".to_owned()];
    build::run(cargo("bench").args(bench).args(events).arg(directory))
}

/// Some peers state a newer compiler than they need. Two workspaces do not share a target folder:
/// each would find crates of ours that the other resolved to other features.
fn peers(options: &[String]) -> Result<()> {
    let target = build::workspace().join("target/peers");
    let mut command = cargo("run");
    command.args(["--manifest-path", "benches/peers/Cargo.toml", "--target-dir"]).arg(target);
    if options.iter().any(|option| option == PLATFORM) {
        extism_guest()?;
        command.args(["--features", "platform"]);
    }
    build::run(command.args(["--release", "--ignore-rust-version", "--"]).args(options))
}

/// The rule of `benches/guest` as a plugin of another host.
fn extism_guest() -> Result<()> {
    let target = build::workspace().join("target/peers-guest");
    let toolchain = Toolchain::find_or_install(|what| eprintln!("xtask: {what}"))?;
    let mut command = toolchain.cargo("build");
    command.args(["--manifest-path", "benches/peers/guest/Cargo.toml", "--release"]);
    command.args(["--target", TARGET, "--target-dir"]).arg(target).arg("--ignore-rust-version");
    command.env("CARGO_ENCODED_RUSTFLAGS", flags(&[(build::workspace(), "daemoneye")]));
    build::run(command.current_dir(build::workspace()))
}
