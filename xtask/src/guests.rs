//! Builds every guest into a component: a core module first, then its WIT world around it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use daemoneye_component::{TARGET, Toolchain, encode, flags};

use crate::build::workspace;

/// Every guest: THE LIST. The name of the package and of the component's file.
const GUESTS: &[(&str, &str)] = &[
    ("daemoneye-engine", "engine.wasm"),
    ("daemoneye-sql", "sql.wasm"),
    ("daemoneye-sigma", "sigma.wasm"),
    ("daemoneye-sink-stdout", "stdout.wasm"),
    ("daemoneye-sink-file", "file.wasm"),
    ("daemoneye-sink-webhook", "webhook.wasm"),
    ("daemoneye-sink-syslog", "syslog.wasm"),
    ("daemoneye-example", "test/example.wasm"),
    ("daemoneye-bench-guest", "test/bench.wasm"),
    ("daemoneye-misbehaver", "test/misbehaver.wasm"),
    ("daemoneye-packed", "test/packed.wasm"),
    ("daemoneye-remembering", "test/remembering.wasm"),
    ("daemoneye-babbler", "test/babbler.wasm"),
    ("daemoneye-ungranted", "test/ungranted.wasm"),
    ("daemoneye-golden-rules-0-1-0", "test/golden-rules-0.1.0.wasm"),
    ("daemoneye-golden-sink-0-1-0", "test/golden-sink-0.1.0.wasm"),
    ("daemoneye-golden-language-0-1-0", "test/golden-language-0.1.0.wasm"),
    ("daemoneye-golden-rules-0-1-1", "test/golden-rules-0.1.1.wasm"),
];

/// Compiles what has changed and writes `target/plugins/*.wasm`; returns that folder.
pub(crate) fn build() -> Result<PathBuf> {
    let modules = compile()?;
    let components = workspace().join("target/plugins");
    for (package, file) in GUESTS {
        let module = modules.join(format!("{}.wasm", package.replace('-', "_")));
        let module = std::fs::read(&module).with_context(|| format!("{}", module.display()))?;
        let (component, _) = encode(&module).with_context(|| format!("guest {package}"))?;
        write_if_changed(&components.join(file), &component)?;
    }
    Ok(components)
}

fn compile() -> Result<PathBuf> {
    let target_dir = workspace().join("target/guests");
    let toolchain = Toolchain::find_or_install(|what| eprintln!("xtask: {what}"))?;
    for (package, _) in GUESTS {
        // As nothing but a component: a package that is a library, too, is not optimised as a whole.
        let status = toolchain
            .cargo("rustc")
            .current_dir(workspace())
            .args(["--locked", "--target", TARGET, "--profile", "guest", "--target-dir"])
            .arg(&target_dir)
            .args(["--package", package, "--lib", "--crate-type", "cdylib"])
            .env("CARGO_ENCODED_RUSTFLAGS", flags(&[(workspace(), "daemoneye")]))
            .status()
            .context("cargo does not start")?;
        ensure!(status.success(), "guest {package} does not compile");
    }
    Ok(target_dir.join(TARGET).join("guest"))
}

/// Keeps the time of an unchanged file, so that whoever depends on it is not rebuilt.
fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    if std::fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    std::fs::create_dir_all(path.parent().expect("a file in a folder"))?;
    std::fs::write(path, bytes).with_context(|| format!("{}", path.display()))
}
