//! `cargo xtask dist`: what is installed, as a tarball and as a Debian package. The same commit and
//! key give the same bytes.

mod archive;
mod debian;
mod manual;
mod tree;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::build::{self, workspace};
use crate::guests;
use tree::Tree;

/// The programs that are installed: THE LIST.
const PROGRAMS: [&str; 4] = ["daemoneye", "daemoneye-agent", "daemoneye-pack", "procmond"];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The secret key that signs the built-in packs, NAME.key with NAME.pub beside it [default: one
    /// made for this folder, target/dist/keys/release.key]
    #[arg(long)]
    key: Option<PathBuf>,
    /// Package programs that are not optimised, for trying the packaging itself
    #[arg(long)]
    debug: bool,
}

/// What a release is made of.
struct Release {
    /// Where the programs are.
    programs: PathBuf,
    /// The folder of components.
    plugins: PathBuf,
    /// The secret key, and its public half.
    key: (PathBuf, PathBuf),
    /// Where it is put together.
    folder: PathBuf,
    /// Such as `0.1.0`.
    version: String,
    /// The time of everything in it: the commit's, seconds since the Unix epoch.
    time: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let plugins = guests::build()?;
    let programs = programs(!arguments.debug)?;
    let folder = workspace().join("target/dist");
    fs::create_dir_all(&folder)?;
    let key = match &arguments.key {
        Some(secret) => (secret.clone(), secret.with_extension("pub")),
        None => own_key(&programs, &folder)?,
    };
    let (version, time) = (env!("CARGO_PKG_VERSION").to_owned(), commit_time()?);
    let release = Release { programs, plugins, key, folder, version, time };
    let tree = Tree::of(&release)?;
    let name = format!("daemoneye-{}-{}", release.version, std::env::consts::ARCH);
    let tarball = archive::tarball(&tree, &name, release.time)?;
    write(&release.folder.join(format!("{name}.tar.gz")), &tarball)?;
    let (name, package) = debian::package(&tree, &release)?;
    write(&release.folder.join(name), &package)
}

/// Built with everything else of the workspace, so that the sandbox is not compiled twice.
fn programs(release: bool) -> Result<PathBuf> {
    let mut command = build::cargo("build");
    command.arg("--workspace");
    PROGRAMS.iter().for_each(|program| {
        command.args(["--bin", program]);
    });
    command.args(["--example", "manual"]);
    if release {
        command.arg("--release");
    }
    build::run(&mut command)?;
    Ok(workspace().join("target").join(if release { "release" } else { "debug" }))
}

/// A key that belongs to this folder. Whoever releases to others has one of their own.
fn own_key(programs: &Path, folder: &Path) -> Result<(PathBuf, PathBuf)> {
    let keys = folder.join("keys");
    let (secret, public) = (keys.join("release.key"), keys.join("release.pub"));
    if !secret.exists() {
        fs::create_dir_all(&keys)?;
        let mut keygen = Command::new(programs.join("daemoneye-pack"));
        build::run(keygen.args(["keygen", "--name", "release", "--out"]).arg(&keys))?;
    }
    Ok((secret, public))
}

/// `SOURCE_DATE_EPOCH`, as reproducible-builds.org has it, or the time of the commit.
fn commit_time() -> Result<u64> {
    if let Some(said) = std::env::var_os("SOURCE_DATE_EPOCH") {
        return said.to_str().and_then(|text| text.parse().ok()).context("SOURCE_DATE_EPOCH");
    }
    let mut git = Command::new("git");
    git.current_dir(workspace()).args(["log", "-1", "--format=%ct"]);
    let output = git.output().context("git")?;
    ensure!(output.status.success(), "git log ended with {}", output.status);
    String::from_utf8(output.stdout)?.trim().parse().context("time of the commit")
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("{}", path.display()))?;
    println!("{}: {} bytes", path.display(), bytes.len());
    Ok(())
}

#[cfg(test)]
mod tests;
