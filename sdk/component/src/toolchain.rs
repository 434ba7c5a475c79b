//! Finds a compiler for WebAssembly, so that nobody has to be asked for one.
//!
//! In this order: the installed rustup target; `rustup target add`; on Debian, the distribution's
//! own `rustc-web` with its standard library built from `rust-web-src`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The target of every guest: no operating system, hence no import that we do not declare.
pub const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src";

/// How guests are compiled here.
#[derive(Debug)]
pub enum Toolchain {
    /// The workspace's own compiler has the target.
    Own,
    /// Debian's compiler builds the standard library itself and links with the given linker.
    Debian {
        /// A linker for WebAssembly.
        linker: PathBuf,
    },
}

/// Why there is no compiler for WebAssembly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolchainError {
    /// A program of the toolchain does not start.
    #[error("{program} does not start: {cause}")]
    Start {
        /// Which.
        program: &'static str,
        /// Why.
        cause: std::io::Error,
    },
    /// Neither rustup nor the distribution has one.
    #[error(
        "no compiler for {TARGET}: {missing}\ninstall one of:\n  rustup target add {TARGET}\n  \
         apt-get install rustc-web rust-web-src lld   (Debian, as root)"
    )]
    None {
        /// What was looked for last.
        missing: String,
    },
}

impl Toolchain {
    /// A toolchain that works. rustup is asked to add the target if need be; packages of the
    /// distribution are not touched. `say` is told what takes long.
    ///
    /// # Errors
    /// If there is none; the error says what to install.
    pub fn find(say: impl Fn(&str)) -> Result<Self, ToolchainError> {
        Toolchain::of(say, |_| Ok(()))
    }

    /// The same; what is missing on Debian is installed.
    ///
    /// # Errors
    /// If there is none and none can be installed; the error says what to install.
    pub fn find_or_install(say: impl Fn(&str)) -> Result<Self, ToolchainError> {
        Toolchain::of(say, install_debian_packages)
    }

    fn of(
        say: impl Fn(&str),
        install: impl Fn(&dyn Fn(&str)) -> Result<(), String>,
    ) -> Result<Self, ToolchainError> {
        if own_target_is_installed()? {
            return Ok(Toolchain::Own);
        }
        say(&format!("adding the target {TARGET} with rustup"));
        if add_target() {
            return Ok(Toolchain::Own);
        }
        say(&format!("rustup cannot add {TARGET}; looking for Debian's rustc-web"));
        debian(|| install(&say)).map_err(|missing| ToolchainError::None { missing })
    }

    /// The command of cargo that compiles guests, `build` or `rustc`, up to its own arguments.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.arg(subcommand);
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
fn own_target_is_installed() -> Result<bool, ToolchainError> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .map_err(|cause| ToolchainError::Start { program: "rustc", cause })?;
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
    let added = Command::new("rustup").args(["target", "add", TARGET]).status();
    added.is_ok_and(|status| status.success())
}

fn debian(install: impl Fn() -> Result<(), String>) -> Result<Toolchain, String> {
    if !Path::new(DEBIAN_SOURCE).is_dir() || debian_linker().is_none() {
        install()?;
    }
    if !Path::new(DEBIAN_SOURCE).is_dir() {
        return Err(format!("{DEBIAN_SOURCE} is missing"));
    }
    let linker = debian_linker().ok_or("neither rust-lld nor wasm-ld is installed")?;
    Ok(Toolchain::Debian { linker })
}

fn install_debian_packages(say: &dyn Fn(&str)) -> Result<(), String> {
    say("installing Debian's rustc-web, rust-web-src and lld");
    for arguments in [
        vec!["update", "-qq"],
        vec!["install", "-y", "-qq", "--no-install-recommends", "rustc-web", "rust-web-src", "lld"],
    ] {
        let status = Command::new("apt-get").args(&arguments).status();
        let status = status.map_err(|error| format!("no apt-get: {error}"))?;
        if !status.success() {
            return Err(format!("apt-get {} ended with {status}", arguments.join(" ")));
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
