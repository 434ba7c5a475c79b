//! `cargo xtask languages`: the example's rule in C, JavaScript and Python, and the programs that
//! build it: installed here where they are missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use daemoneye_component::{
    BuildError, COMPONENTIZE_PY, COMPONENTIZE_QJS, Language, SDK, WIT, encode, imports,
};

use crate::build::{run, workspace};

/// What is built, and what became of it.
pub(crate) fn run_all() -> Result<()> {
    let mut missing = Vec::new();
    for language in Language::ALL {
        match component(language) {
            Ok(size) => eprintln!("xtask: {}: {size} bytes", name(language)),
            Err(error) => missing.push(format!("{}: {error:#}", name(language))),
        }
    }
    ensure!(missing.is_empty(), "not built:\n  {}", missing.join("\n  "));
    Ok(())
}

/// The same for those who can do without: what is not built says why in a file beside the others,
/// which the tests tell of.
pub(crate) fn run_what_can_be() -> Result<()> {
    for language in Language::ALL {
        let why = target(language).with_extension("missing");
        match component(language) {
            Ok(_) => _ = fs::remove_file(why),
            Err(error) => {
                eprintln!("xtask: {} is not built: {error:#}", name(language));
                fs::create_dir_all(why.parent().expect("a file in a folder"))?;
                fs::write(&why, format!("{error:#}\n"))?;
                _ = fs::remove_file(target(language));
            }
        }
    }
    Ok(())
}

fn name(language: Language) -> &'static str {
    match language {
        Language::C => "c",
        Language::JavaScript => "js",
        Language::Python => "python",
    }
}

/// Where the component goes.
fn target(language: Language) -> PathBuf {
    workspace().join(format!("target/plugins/test/example-{}.wasm", name(language)))
}

/// Builds the example in a language, unless nothing has changed; returns its size.
fn component(language: Language) -> Result<usize> {
    let desk = workspace().join("target/languages").join(name(language));
    let target = target(language);
    if stage(language, &desk)? {
        // Whatever goes wrong from here on, the next time begins again.
        _ = fs::remove_file(&target);
    }
    if !target.is_file() {
        install(language, &desk)?;
        let made = build(language, &desk)?;
        let bytes = fs::read(&made).with_context(|| format!("{}", made.display()))?;
        let component = match language {
            Language::C => encode(&bytes)?.0,
            Language::JavaScript | Language::Python => bytes,
        };
        let imports = imports(&component)?;
        ensure!(imports.is_empty(), "imports {}", imports.join(", "));
        fs::create_dir_all(target.parent().expect("a file in a folder"))?;
        fs::write(&target, component)?;
    }
    Ok(usize::try_from(target.metadata()?.len())?)
}

/// A plugin's folder as its author has it; whether any file in it is new.
fn stage(language: Language, desk: &Path) -> Result<bool> {
    let name = name(language);
    let mut changed = false;
    let parts = [
        (format!("plugins/example/{name}"), desk.to_owned()),
        (format!("sdk/{name}"), desk.join(SDK).join(name)),
        ("wit".to_owned(), desk.join(WIT)),
    ];
    for (from, to) in parts {
        changed |= copy_changed(&workspace().join(from), &to)?;
    }
    let versions = format!("{COMPONENTIZE_QJS} {COMPONENTIZE_PY}");
    Ok(write_changed(&desk.join("versions"), versions.as_bytes())? | changed)
}

fn copy_changed(from: &Path, to: &Path) -> Result<bool> {
    let mut changed = false;
    for entry in from.read_dir().with_context(|| format!("{}", from.display()))? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        changed |= match entry.file_type()?.is_dir() {
            // What Python leaves behind, and older interfaces.
            true if ["__pycache__", "published"].iter().any(|name| entry.file_name() == *name) => {
                false
            }
            true => copy_changed(&from, &to)?,
            false => write_changed(&to, &fs::read(&from)?)?,
        };
    }
    Ok(changed)
}

fn write_changed(path: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    fs::create_dir_all(path.parent().expect("a file in a folder"))?;
    fs::write(path, bytes).with_context(|| format!("{}", path.display()))?;
    Ok(true)
}

fn build(language: Language, desk: &Path) -> Result<PathBuf, BuildError> {
    eprintln!("xtask: building the example in {}", name(language));
    language.build(desk)
}

/// What is missing of the programs that build a language.
fn install(language: Language, desk: &Path) -> Result<()> {
    if language.programs().iter().all(|program| program.find(desk).is_ok()) {
        return Ok(());
    }
    eprintln!("xtask: installing what builds {}", name(language));
    match language {
        Language::C => {
            run(Command::new("apt-get").args(["update", "-qq"]))?;
            let packages = ["clang", "lld"];
            let install = ["install", "-y", "-qq", "--no-install-recommends"];
            run(Command::new("apt-get").args(install).args(packages))?;
        }
        Language::JavaScript => {
            let package = format!("componentize-qjs@{COMPONENTIZE_QJS}");
            let mut npm = Command::new("npm");
            npm.args(["install", "--silent", "--no-save", "--prefix"]).arg(desk).arg(package);
            run(&mut npm)?;
        }
        Language::Python => {
            let venv = desk.join(".venv");
            run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
            let package = format!("componentize-py=={COMPONENTIZE_PY}");
            run(Command::new(venv.join("bin/pip")).args(["install", "--quiet"]).arg(package))?;
        }
    }
    match language.programs().iter().find(|program| program.find(desk).is_err()) {
        Some(program) => bail!("{} is still missing", program.name),
        None => Ok(()),
    }
}
