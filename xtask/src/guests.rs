//! Builds every guest into a component: a core module first, then its WIT world around it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use wit_component::{ComponentEncoder, DecodedWasm};

use crate::build::workspace;
use crate::toolchain::{TARGET, Toolchain};

/// Every guest: THE LIST. The name of the package and of the component's file.
const GUESTS: &[(&str, &str)] = &[
    ("daemoneye-engine", "engine.wasm"),
    ("daemoneye-sql", "sql.wasm"),
    ("daemoneye-sigma", "sigma.wasm"),
    ("daemoneye-sink-stdout", "stdout.wasm"),
    ("daemoneye-sink-file", "file.wasm"),
    ("daemoneye-example", "test/example.wasm"),
    ("daemoneye-misbehaver", "test/misbehaver.wasm"),
    ("daemoneye-packed", "test/packed.wasm"),
    ("daemoneye-ungranted", "test/ungranted.wasm"),
];

/// Compiles what has changed and writes `target/plugins/*.wasm`; returns that folder.
pub(crate) fn build() -> Result<PathBuf> {
    let modules = compile()?;
    let components = workspace().join("target/plugins");
    for (package, file) in GUESTS {
        let module = modules.join(format!("{}.wasm", package.replace('-', "_")));
        let component = encode(&module).with_context(|| format!("guest {package}"))?;
        write_if_changed(&components.join(file), &component)?;
    }
    Ok(components)
}

fn compile() -> Result<PathBuf> {
    let target_dir = workspace().join("target/guests");
    let mut command = Toolchain::find()?.cargo_build();
    command
        .current_dir(workspace())
        .args(["--locked", "--target", TARGET, "--profile", "guest", "--target-dir"])
        .arg(&target_dir)
        .env("CARGO_ENCODED_RUSTFLAGS", flags());
    GUESTS.iter().for_each(|(package, _)| {
        command.args(["--package", package]);
    });
    let status = command.status().context("cargo does not start")?;
    ensure!(status.success(), "the guests do not compile");
    Ok(target_dir.join(TARGET).join("guest"))
}

/// SIMD is part of every engine we load into. Paths of the building machine stay out of the guests.
fn flags() -> String {
    let mut flags = vec!["-Ctarget-feature=+simd128".to_owned()];
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let remapped = [(workspace(), "daemoneye"), (home.unwrap_or_default(), "cargo")];
    for (from, to) in remapped.iter().filter(|(from, _)| !from.as_os_str().is_empty()) {
        flags.push(format!("--remap-path-prefix={}={to}", from.display()));
    }
    flags.join("\u{1f}")
}

/// Wraps a core module into a component and proves that it imports nothing but our own interfaces.
fn encode(module: &Path) -> Result<Vec<u8>> {
    let module = std::fs::read(module).with_context(|| format!("{}", module.display()))?;
    let component = ComponentEncoder::default().module(&module)?.validate(true).encode()?;
    for import in imports(&component)? {
        ensure!(import.starts_with("daemoneye:plugin/"), "imports {import}");
    }
    Ok(component)
}

fn imports(component: &[u8]) -> Result<Vec<String>> {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(component)? else {
        anyhow::bail!("encoded into something that is not a component");
    };
    let imports = &resolve.worlds[world].imports;
    Ok(imports.keys().map(|key| resolve.name_world_key(key)).collect())
}

/// Keeps the time of an unchanged file, so that whoever depends on it is not rebuilt.
fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    if std::fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    std::fs::create_dir_all(path.parent().expect("a file in a folder"))?;
    std::fs::write(path, bytes).with_context(|| format!("{}", path.display()))
}
