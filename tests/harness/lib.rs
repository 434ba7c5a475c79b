//! A small language for tests over the real programs: a home with keys, signed packs and a
//! configuration; an agent in it; a question to the agent.

mod agent;
mod books;
mod home;
mod impostor;
mod small_disk;

use std::path::{Path, PathBuf};

pub use agent::Agent;
pub use books::{Tally, batches};
pub use home::Home;
pub use impostor::Impostor;
pub use small_disk::SmallDisk;

/// The workspace's root.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a folder of the workspace").to_owned()
}

/// One of our programs. `cargo xtask test` builds them before it runs the tests.
///
/// # Panics
/// If it is not there.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test is a program");
    let folder = test.ancestors().nth(2).expect("target/<profile>/deps/<test>");
    let program = folder.join(name);
    assert!(program.is_file(), "{} is missing: run `cargo xtask test`", program.display());
    program
}

/// The folder of the components.
///
/// # Panics
/// If it is not there.
pub fn plugins() -> PathBuf {
    let plugins = workspace().join("target/plugins");
    assert!(plugins.is_dir(), "{} is missing: run `cargo xtask test`", plugins.display());
    plugins
}

/// One component, as bytes.
///
/// # Panics
/// If it is not there.
pub fn component(name: &str) -> Vec<u8> {
    let path = plugins().join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A folder for compiled code that all tests share, so that each component is compiled once.
pub fn cache() -> PathBuf {
    workspace().join("target/test-cache")
}
