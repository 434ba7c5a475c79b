//! Where things are, and the host's own programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The workspace's root.
pub(crate) fn workspace() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().expect("xtask is a folder of the workspace").to_owned()
}

/// Builds the programs and returns the folder that they are in. The whole workspace at once, as the
/// tests do: a part of it would be resolved to other features, and the sandbox compiled twice.
pub(crate) fn programs(release: bool) -> Result<PathBuf> {
    let (profile, folder) = if release { ("release", "release") } else { ("dev", "debug") };
    build(profile, folder)
}

/// The same as they are measured.
pub(crate) fn programs_to_measure() -> Result<PathBuf> {
    build("bench", "release")
}

fn build(profile: &str, folder: &str) -> Result<PathBuf> {
    run(cargo("build").args(["--workspace", "--bins", "--profile", profile]))?;
    Ok(workspace().join("target").join(folder))
}

/// Cargo, in the workspace, with the lock file as it is.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(workspace()).args([subcommand, "--locked"]);
    command
}

/// Runs a command to its end; it must succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let said = format!("{command:?}");
    let status = command.status().with_context(|| said.clone())?;
    ensure!(status.success(), "{said} ended with {status}");
    Ok(())
}
