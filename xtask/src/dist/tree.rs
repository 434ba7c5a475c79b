//! What is installed where: THE LIST, and what is made for it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::{PROGRAMS, Release, manual};
use crate::build::{self, workspace};

/// Files of the workspace, and where they go.
const FILES: &[(&str, &str)] = &[
    ("packaging/agent.toml", "etc/daemoneye/agent.toml"),
    ("packaging/cli.toml", "etc/daemoneye/cli.toml"),
    ("packaging/systemd/daemoneye-agent.service", "usr/lib/systemd/system/daemoneye-agent.service"),
    ("packaging/systemd/procmond.service", "usr/lib/systemd/system/procmond.service"),
    ("packaging/sysusers.d/daemoneye.conf", "usr/lib/sysusers.d/daemoneye.conf"),
    ("packaging/tmpfiles.d/daemoneye.conf", "usr/lib/tmpfiles.d/daemoneye.conf"),
    ("LICENSE", "usr/share/doc/daemoneye/LICENSE"),
    ("README.md", "usr/share/doc/daemoneye/README.md"),
    ("CHANGELOG.md", "usr/share/doc/daemoneye/CHANGELOG.md"),
];
const DOCS: &str = "usr/share/doc/daemoneye/docs";
const PLUGINS: &str = "usr/lib/daemoneye/plugins";
const PACKS: &str = "etc/daemoneye/packs";
const TRUST: &str = "etc/daemoneye/trust";

/// One file.
pub(super) struct File {
    pub(super) bytes: Vec<u8>,
    pub(super) is_program: bool,
}

/// Files by their path below the root, in its order.
#[derive(Default)]
pub(super) struct Tree(BTreeMap<String, File>);

impl Tree {
    /// Everything of a release.
    pub(super) fn of(release: &Release) -> Result<Self> {
        let mut tree = Tree::default();
        for program in PROGRAMS {
            let bytes = read(&release.programs.join(program))?;
            let file = File { bytes, is_program: true };
            tree.add(format!("usr/bin/{program}"), file);
        }
        for (from, to) in FILES {
            tree.put((*to).to_owned(), read(&workspace().join(from))?);
        }
        tree.folder(&release.plugins, "wasm", PLUGINS)?;
        tree.folder(&workspace().join("docs"), "md", DOCS)?;
        tree.packs(release)?;
        let (public, name) = (&release.key.1, release.key.1.file_name().unwrap_or_default());
        tree.put(format!("{TRUST}/{}", name.to_string_lossy()), read(public)?);
        manual::add(&mut tree, release)?;
        Ok(tree)
    }

    pub(super) fn put(&mut self, path: String, bytes: Vec<u8>) {
        self.add(path, File { bytes, is_program: false });
    }

    pub(super) fn add(&mut self, path: String, file: File) {
        self.0.insert(path, file);
    }

    /// The files in a folder with this ending, and not those in folders of it.
    pub(super) fn folder(&mut self, from: &Path, ending: &str, to: &str) -> Result<()> {
        for entry in from.read_dir().with_context(|| format!("{}", from.display()))? {
            let path = entry?.path();
            if path.is_file() && path.extension().is_some_and(|extension| extension == ending) {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                self.put(format!("{to}/{name}"), read(&path)?);
            }
        }
        Ok(())
    }

    /// The built-in packs, signed, one file each.
    fn packs(&mut self, release: &Release) -> Result<()> {
        for pack in workspace().join("plugins/packs").read_dir()? {
            let name = pack?.file_name().to_string_lossy().into_owned();
            let copy = release.folder.join("packs").join(&name);
            if copy.exists() {
                fs::remove_dir_all(&copy)?;
            }
            crate::home::copy_folder(&workspace().join("plugins/packs").join(&name), &copy)?;
            let tool = release.programs.join("daemoneye-pack");
            let mut sign = Command::new(&tool);
            build::run(sign.arg("sign").arg(&copy).arg("--key").arg(&release.key.0))?;
            let file = release.folder.join("packs").join(format!("{name}.pack"));
            let mut build = Command::new(&tool);
            build::run(build.arg("build").arg(&copy).arg("-o").arg(&file))?;
            self.put(format!("{PACKS}/{name}.pack"), read(&file)?);
        }
        Ok(())
    }

    /// Every file with its path, in order.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &File)> {
        self.0.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// Every directory above a file, each after those above it.
    pub(super) fn folders(&self) -> Vec<String> {
        let mut folders: Vec<String> = Vec::new();
        for path in self.0.keys() {
            let above = Path::new(path).ancestors().skip(1).filter(|path| *path != Path::new(""));
            folders.extend(above.map(|path| path.display().to_string()));
        }
        folders.sort();
        folders.dedup();
        folders
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{}", path.display()))
}
