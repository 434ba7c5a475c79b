//! What lies in a folder of packs, and what tells one version of it from another.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use daemoneye_pack_format::MAX_FILES;

use crate::watch::Watch;

/// The ending of a pack in one file.
const ENDING: &str = "pack";
/// A pack's folder has no deeper folders that count.
const MAX_DEPTH: usize = 8;

/// What tells one version of a pack from another, without reading it: of each file its path, number,
/// length and time.
pub(super) type Stamp = Vec<(PathBuf, u64, u64, Option<SystemTime>)>;

/// A folder that is watched.
pub(super) struct Folder {
    path: PathBuf,
    /// Whether it is nobody's mistake that it is not there.
    optional: bool,
    watch: Watch<Stamp>,
    /// Why it cannot be read.
    pub(super) trouble: Option<String>,
}

impl Folder {
    /// Looked at for the first time: everything in it counts as settled.
    pub(super) fn open(path: PathBuf, optional: bool) -> Self {
        let mut folder = Folder { path, optional, watch: Watch::default(), trouble: None };
        let seen = folder.seen();
        folder.watch.open(seen.unwrap_or_default());
        folder
    }

    /// Whether anything is to be read again. A folder that cannot be read changes nothing.
    pub(super) fn look(&mut self) -> bool {
        let before = self.trouble.clone();
        let changed = self.seen().is_some_and(|seen| self.watch.look(seen).is_some());
        changed || before != self.trouble
    }

    /// What has settled, by name.
    pub(super) fn settled(&self) -> Vec<PathBuf> {
        self.watch.settled().cloned().collect()
    }

    /// Whether it is there, whatever it is by now.
    pub(super) fn is_there(&self, place: &Path) -> bool {
        self.watch.is_there(place)
    }

    fn seen(&mut self) -> Option<BTreeMap<PathBuf, Stamp>> {
        match list(&self.path) {
            Err(error) if self.optional && error.kind() == io::ErrorKind::NotFound => {
                self.trouble = None;
                Some(BTreeMap::new())
            }
            Err(error) => {
                self.trouble = Some(format!("packs {:?}: {error}", self.path));
                None
            }
            Ok(seen) => {
                self.trouble = None;
                Some(seen)
            }
        }
    }
}

/// The folders and `.pack` files of a folder, by place. Other files are no packs, and what is hidden
/// is on its way to become one.
///
/// # Errors
/// If the folder cannot be read.
pub(super) fn list(folder: &Path) -> io::Result<BTreeMap<PathBuf, Stamp>> {
    let mut found = BTreeMap::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        // The pack itself may be behind a link, nothing in it.
        let Ok(metadata) = path.metadata() else { continue };
        if !hidden && (metadata.is_dir() || path.extension() == Some(OsStr::new(ENDING))) {
            let stamp = stamp(&path, &metadata);
            found.insert(path, stamp);
        }
    }
    Ok(found)
}

/// A file that goes while it is looked at makes another stamp.
fn stamp(place: &Path, metadata: &Metadata) -> Stamp {
    let mut stamp = vec![of(place, metadata)];
    let mut folders = if metadata.is_dir() { vec![(place.to_owned(), 0)] } else { Vec::new() };
    while let Some((folder, depth)) = folders.pop() {
        for entry in folder.read_dir().into_iter().flatten().flatten() {
            let (path, Ok(metadata)) = (entry.path(), entry.metadata()) else { continue };
            stamp.push(of(&path, &metadata));
            if metadata.is_dir() && depth < MAX_DEPTH {
                folders.push((path, depth + 1));
            }
        }
        // More is refused when it is read.
        if stamp.len() > 2 * MAX_FILES {
            break;
        }
    }
    stamp.sort();
    stamp
}

fn of(path: &Path, metadata: &Metadata) -> (PathBuf, u64, u64, Option<SystemTime>) {
    (path.to_owned(), metadata.ino(), metadata.len(), metadata.modified().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn packs_are_folders_and_pack_files_that_are_not_hidden() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["a.pack", ".b.pack", "c.txt"] {
            fs::write(folder.path().join(name), name).expect("written");
        }
        fs::create_dir(folder.path().join("d")).expect("a folder");
        let names: Vec<_> = list(folder.path()).expect("read").into_keys().collect();
        assert_eq!(names, ["a.pack", "d"].map(|name| folder.path().join(name)));
    }

    #[test]
    fn every_change_of_a_pack_is_another_stamp() {
        let folder = tempfile::tempdir().expect("a folder");
        let pack = folder.path().join("p");
        fs::create_dir_all(pack.join("rules")).expect("a folder");
        let mut stamps = Vec::new();
        let mut look = || stamps.push(list(folder.path()).expect("read")[&pack].clone());
        look();
        fs::write(pack.join("rules/a.toml"), "one").expect("written");
        look();
        fs::write(pack.join("rules/a.toml"), "longer").expect("written");
        look();
        // Of the same length and perhaps of the same time, but another file.
        fs::write(folder.path().join("new"), "LONGER").expect("written");
        fs::rename(folder.path().join("new"), pack.join("rules/a.toml")).expect("renamed");
        look();
        fs::remove_file(pack.join("rules/a.toml")).expect("removed");
        look();
        assert!(stamps.windows(2).all(|pair| pair[0] != pair[1]), "{stamps:#?}");
    }
}
