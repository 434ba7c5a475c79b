//! Finds a compiler for WebAssembly, so that nobody has to be asked for one.
//!
//! In this order: the installed rustup target; `rustup target add`; on Debian, the distribution's
//! own `rustc-web` with its standard library built from `rust-web-src`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The target of every guest: no operating system, hence no import that we do not declare.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src";

/// How guests are compiled here.
pub(crate) enum Toolchain {
    /// The workspace's own compiler has the target.
    Own,
    /// Debian's compiler builds the standard library itself and links with the given linker.
    Debian { linker: PathBuf },
}

impl Toolchain {
    /// A toolchain that works, installed now if need be.
    pub(crate) fn find() -> Result<Self> {
        if own_target_is_installed()? || add_target() {
            return Ok(Toolchain::Own);
        }
        eprintln!("xtask: rustup cannot add {TARGET}; looking for Debian's rustc-web");
        match debian() {
            Ok(toolchain) => Ok(toolchain),
            Err(error) => bail!(
                "no compiler for {TARGET}: {error:#}\n\
                 install one of:\n  rustup target add {TARGET}\n  \
                 apt-get install rustc-web rust-web-src lld   (Debian, as root)"
            ),
        }
    }

    /// The cargo command that compiles guests, up to its own arguments.
    pub(crate) fn cargo_build(&self) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command.arg("build");
        if let Toolchain::Debian { linker } = self {
            command
                .arg("-Zbuild-std=std,panic_abort")
                .env("RUSTC", DEBIAN_RUSTC)
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                .env_remove("RUSTUP_TOOLCHAIN");
        }
        command
    }
}

/// Whether the compiler that cargo uses here has a standard library for the target.
fn own_target_is_installed() -> Result<bool> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .context("rustc does not start")?;
    let directory = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    Ok(output.status.success() && holds_core(&directory))
}

fn holds_core(directory: &Path) -> bool {
    let entries = directory.read_dir().into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name())
        .any(|name| name.to_string_lossy().starts_with("libcore-"))
}

fn add_target() -> bool {
    eprintln!("xtask: adding the target {TARGET} with rustup");
    let added = Command::new("rustup").args(["target", "add", TARGET]).status();
    added.is_ok_and(|status| status.success())
}

fn debian() -> Result<Toolchain> {
    if !Path::new(DEBIAN_SOURCE).is_dir() || debian_linker().is_none() {
        install_debian_packages()?;
    }
    if !Path::new(DEBIAN_SOURCE).is_dir() {
        bail!("{DEBIAN_SOURCE} is missing");
    }
    let linker = debian_linker().context("neither rust-lld nor wasm-ld is installed")?;
    Ok(Toolchain::Debian { linker })
}

fn install_debian_packages() -> Result<()> {
    eprintln!("xtask: installing Debian's rustc-web, rust-web-src and lld");
    for arguments in [
        vec!["update", "-qq"],
        vec!["install", "-y", "-qq", "--no-install-recommends", "rustc-web", "rust-web-src", "lld"],
    ] {
        let status = Command::new("apt-get").args(&arguments).status().context("no apt-get")?;
        if !status.success() {
            bail!("apt-get {} ended with {status}", arguments.join(" "));
        }
    }
    Ok(())
}

/// The linker that came with the workspace's compiler, else Debian's.
fn debian_linker() -> Option<PathBuf> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().ok()?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let hosts = sysroot.join("lib/rustlib").read_dir().into_iter().flatten().flatten();
    let own = hosts.map(|host| host.path().join("bin/rust-lld")).find(|path| path.is_file());
    own.or_else(|| Some(PathBuf::from("/usr/bin/wasm-ld")).filter(|path| path.is_file()))
}
