//! Manual pages and completions, which each program makes of its own arguments.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};

use super::tree::Tree;
use super::{PROGRAMS, Release};
use crate::build;

/// Of each shell: the folder that `manual` writes, and where distributions look.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "usr/share/bash-completion/completions"),
    ("fish", "usr/share/fish/vendor_completions.d"),
    ("zsh", "usr/share/zsh/vendor-completions"),
];

pub(super) fn add(tree: &mut Tree, release: &Release) -> Result<()> {
    let folder = release.folder.join("manual");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    for program in PROGRAMS {
        let mut command = match program {
            // The privileged program does not link what it does not need.
            "procmond" => Command::new(release.programs.join("examples/manual")),
            program => {
                let mut command = Command::new(release.programs.join(program));
                command.arg("manual");
                command
            }
        };
        build::run(command.arg(&folder))?;
    }
    for (name, bytes) in files(&folder.join("man"))? {
        tree.put(format!("usr/share/man/man1/{name}.gz"), squeeze(&bytes)?);
    }
    for (shell, to) in COMPLETIONS {
        for (name, bytes) in files(&folder.join("completions").join(shell))? {
            // Bash looks for the program's name alone.
            let name = name.strip_suffix(".bash").unwrap_or(&name);
            tree.put(format!("{to}/{name}"), bytes);
        }
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let entries = folder.read_dir().with_context(|| format!("{}", folder.display()))?;
    let file = |entry: std::io::Result<fs::DirEntry>| -> Result<(String, Vec<u8>)> {
        let entry = entry?;
        Ok((entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?))
    };
    entries.map(file).collect()
}

/// Without a time and a name, so that the same text gives the same bytes.
pub(super) fn squeeze(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
