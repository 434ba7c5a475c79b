//! Makes a component of a Rust library: a compiler for WebAssembly is found, or installed, and the
//! module that it makes is wrapped into its WIT world. Nothing else has to be there.

mod encode;
mod toolchain;

pub use encode::{EncodeError, encode};
pub use toolchain::{TARGET, Toolchain, ToolchainError};

/// Flags for the compiler (`CARGO_ENCODED_RUSTFLAGS`). SIMD is part of every engine that we load
/// into. The paths on the left, which belong to the building machine, are named as on the right.
pub fn flags(renamed: &[(std::path::PathBuf, &str)]) -> String {
    let mut flags = vec!["-Ctarget-feature=+simd128".to_owned()];
    let home = std::env::var_os("CARGO_HOME").map(std::path::PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let cargo = home.into_iter().map(|home| (home, "cargo"));
    for (from, to) in renamed.iter().cloned().chain(cargo) {
        flags.push(format!("--remap-path-prefix={}={to}", from.display()));
    }
    flags.join("\u{1f}")
}
