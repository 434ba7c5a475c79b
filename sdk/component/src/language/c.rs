//! A plugin in C: bindings from its WIT, a compiler without any library, and a linker.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::SDK;
use super::program::{BuildError, Program, io_error, run};

/// The compiler. Which one does not matter, as it is handed no library and no headers but ours.
pub(super) const CLANG: Program =
    Program { name: "clang", beside: "", install: "apt-get install clang lld   (Debian, as root)" };
/// The linker.
pub(super) const LINKER: Program =
    Program { name: "wasm-ld", beside: "", install: "apt-get install lld   (Debian, as root)" };

/// The folder of the SDK with what `wit-bindgen` makes of the world of rules: types and functions,
/// and the object that tells of which world the module is.
const GENERATED: &str = "generated";
const WORLD: &str = "rule_plugin_component_type.o";
const COMPILE: [&str; 9] = [
    "--target=wasm32-unknown-unknown",
    "-std=c11",
    "-O2",
    "-ffreestanding",
    "-mbulk-memory",
    "-ffunction-sections",
    "-fdata-sections",
    // A field that no event has is a function that nobody has declared.
    "-Werror=implicit-function-declaration",
    "-c",
];
const LINK: [&str; 6] =
    ["--no-entry", "--gc-sections", "--strip-debug", "--stack-first", "-z", "stack-size=65536"];

/// The module that becomes a component: every `.c` file of the folder, with the SDK in its
/// `vendor`. What is made on the way is in `into`.
///
/// # Errors
/// If a program is missing or says no, or a file cannot be read.
pub(super) fn compile(folder: &Path, into: &Path) -> Result<PathBuf, BuildError> {
    let (clang, linker) = (CLANG.find(folder)?, LINKER.find(folder)?);
    fs::create_dir_all(into).map_err(io_error(into))?;
    let sdk = folder.join(SDK).join("c");
    let generated = sdk.join(GENERATED);
    let mut objects = vec![generated.join(WORLD)];
    let sources = [sources(folder)?, sources(&sdk)?, sources(&generated)?].concat();
    for (number, source) in sources.into_iter().enumerate() {
        // Files of the author and of the SDK may have the same name.
        let object = into.join(format!("{number}.o"));
        let mut command = Command::new(&clang);
        command.args(COMPILE).arg(if source.starts_with(&generated) { "-w" } else { "-Wall" });
        command
            .arg("-I")
            .arg(&sdk)
            .arg("-I")
            .arg(&generated)
            .arg("-isystem")
            .arg(sdk.join("freestanding"));
        run(&clang, command.arg(&source).arg("-o").arg(&object))?;
        objects.push(object);
    }
    let module = into.join("plugin.wasm");
    run(&linker, Command::new(&linker).args(LINK).args(objects).arg("-o").arg(&module))?;
    Ok(module)
}

/// The C files of a folder, in the order of their names.
fn sources(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let entries = folder.read_dir().map_err(io_error(folder))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(io_error(folder))?.path();
        if path.extension().is_some_and(|ending| ending == "c") {
            files.push(path);
        }
    }
    files.sort_unstable();
    Ok(files)
}
