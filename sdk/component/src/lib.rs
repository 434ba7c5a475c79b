//! Makes a component of a plugin.
//!
//! ```text
//! toolchain  Rust: a compiler for WebAssembly is found, or installed
//! language   C, JavaScript, Python: which of them a folder holds, and what builds it
//!   c          clang and a linker, nothing of anybody's library
//!   scripting  an interpreter becomes the component, with the rules in it
//!   program    programs of others, and how to install what is missing
//! encode     the module is wrapped into its WIT world
//! ```

mod encode;
mod language;
mod toolchain;

pub use encode::{EncodeError, encode, imports};
pub use language::{BuildError, COMPONENTIZE_PY, COMPONENTIZE_QJS, Language, Program, SDK, WIT};
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
