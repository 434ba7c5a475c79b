//! `daemoneye-pack build-plugin`: a plugin becomes a component, in whichever language it is written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use daemoneye_component::{
    BuildError, EncodeError, Language, TARGET, Toolchain, ToolchainError, encode, flags, imports,
};
use serde_json::Value as Json;

/// Build a plugin or sink into a component.
///
/// The folder says in which language it is written: Cargo.toml is Rust, and nothing but cargo has to
/// be installed; plugin.c, plugin.js and plugin.py are C, JavaScript and Python, and what is missing
/// for them is told with the command that installs it. The component is written to pack/plugins/NAME.wasm in the plugin's folder, or, where there is no
/// pack, to NAME.wasm.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The folder of the plugin.
    folder: PathBuf,
    /// Write the component to this file.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  daemoneye-pack build-plugin from-tmp
  daemoneye-pack build-plugin to-chat -o /usr/lib/daemoneye/plugins/to-chat.wasm";

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error("{}: no plugin: has none of Cargo.toml, plugin.c, plugin.js and plugin.py", .0.display())]
    NoPlugin(PathBuf),
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{}: cargo ended with {status}", folder.display())]
    Cargo { folder: PathBuf, status: std::process::ExitStatus },
    #[error("{}: cargo made no library: Cargo.toml needs [lib] crate-type = [\"cdylib\"]", .0.display())]
    NoLibrary(PathBuf),
    #[error("{}: {source}", path.display())]
    Encode { path: PathBuf, source: EncodeError },
}

pub(crate) fn run(args: &Args) -> Result<String, Failed> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| Failed::Io { path, source }
    };
    let Built { name, component, imports } = build(&args.folder)?;
    let out = args.out.clone().unwrap_or_else(|| place(&args.folder, &name));
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.map_or(Ok(()), fs::create_dir_all).map_err(io(&out))?;
    fs::write(&out, &component).map_err(io(&out))?;
    let imports = if imports.is_empty() { "nothing".to_owned() } else { imports.join(", ") };
    Ok(format!("{}: {} bytes, imports {imports}\n", out.display(), component.len()))
}

/// A plugin as a component.
struct Built {
    name: String,
    component: Vec<u8>,
    imports: Vec<String>,
}

fn build(folder: &Path) -> Result<Built, Failed> {
    let language = Language::of(folder);
    let made = match language {
        None if folder.join("Cargo.toml").is_file() => compile(folder)?,
        None => return Err(Failed::NoPlugin(folder.to_owned())),
        Some(language) => language.build(folder)?,
    };
    let bytes = fs::read(&made).map_err(|source| Failed::Io { path: made.clone(), source })?;
    let encoded = match language {
        None | Some(Language::C) => encode(&bytes),
        Some(_) => imports(&bytes).map(|imports| (bytes, imports)),
    };
    let (component, imports) =
        encoded.map_err(|source| Failed::Encode { path: made.clone(), source })?;
    let name = match language {
        None => file_name(&made).replace('_', "-"),
        Some(_) => folder.canonicalize().map(|folder| file_name(&folder)).unwrap_or_default(),
    };
    Ok(Built { name, component, imports })
}

/// Without its ending.
fn file_name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Where the component goes: into the plugin's pack, if it has one.
fn place(folder: &Path, name: &str) -> PathBuf {
    let pack = folder.join("pack");
    let plugins = if pack.is_dir() { pack.join("plugins") } else { folder.to_owned() };
    plugins.join(format!("{name}.wasm"))
}

/// The module that cargo makes of the library.
fn compile(folder: &Path) -> Result<PathBuf, Failed> {
    let io = |source| Failed::Io { path: folder.to_owned(), source };
    let absolute = folder.canonicalize().map_err(io)?;
    let toolchain = Toolchain::find(|what| eprintln!("daemoneye-pack: {what}"))?;
    let mut command = toolchain.cargo("build");
    command
        .args(["--release", "--lib", "--target", TARGET])
        .arg("--message-format=json-render-diagnostics")
        .env("CARGO_ENCODED_RUSTFLAGS", flags(&[(absolute, "plugin")]))
        .current_dir(folder)
        .stderr(Stdio::inherit());
    let output = command.output().map_err(io)?;
    if !output.status.success() {
        return Err(Failed::Cargo { folder: folder.to_owned(), status: output.status });
    }
    module(&output.stdout).ok_or_else(|| Failed::NoLibrary(folder.to_owned()))
}

/// The last module that cargo says it made: dependencies come before what needs them.
fn module(said: &[u8]) -> Option<PathBuf> {
    let messages = said.split(|byte| *byte == b'\n');
    let messages = messages.filter_map(|line| serde_json::from_slice::<Json>(line).ok());
    let files = messages.flat_map(|message| message["filenames"].as_array().cloned());
    let mut names = files.flatten().filter_map(|file| file.as_str().map(PathBuf::from));
    names.rfind(|name| name.extension().is_some_and(|ending| ending == "wasm"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_the_last_that_cargo_tells_of() {
        let said = br#"{"reason":"compiler-artifact","filenames":["/t/libserde.rlib"]}
{"reason":"compiler-artifact","filenames":["/t/from_tmp.wasm"]}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(module(said), Some(PathBuf::from("/t/from_tmp.wasm")));
        assert_eq!(module(b"{\"reason\":\"build-finished\"}\n"), None);
    }
}
