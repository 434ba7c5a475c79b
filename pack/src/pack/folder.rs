//! Every byte of a pack's folder, within limits, read once.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::error::PackError;
use crate::path::PackPath;

/// At most so many files and folders in a pack.
pub const MAX_FILES: usize = 4_096;
/// At most so many bytes in `pack.toml` and in each file of rules.
pub const MAX_FILE_BYTES: u64 = 1 << 20;
/// At most so many bytes in all files of a pack together.
pub const MAX_PACK_BYTES: u64 = 64 << 20;

/// What was signed.
pub(crate) const MANIFEST: &str = "manifest.json";
/// Who signed it.
pub(crate) const SIGNATURE: &str = "manifest.sig";

/// The files of a pack, not yet believed.
pub(crate) struct Folder {
    pub(crate) root: PathBuf,
    pub(crate) manifest: Option<Vec<u8>>,
    pub(crate) signature: Option<Vec<u8>>,
    pub(crate) files: BTreeMap<PackPath, Vec<u8>>,
}

impl Folder {
    /// Reads everything in a folder. The folder itself may be behind a link, nothing in it.
    pub(crate) fn read(root: &Path) -> Result<Folder, PackError> {
        let mut files = BTreeMap::new();
        let mut room = MAX_PACK_BYTES;
        for path in list(root)? {
            let file = path.within(root);
            let limit = limit(&path).min(room);
            let bytes = read(&file, limit)?.ok_or_else(|| too_large(root, &file, &path, limit))?;
            room -= bytes.len() as u64;
            files.insert(path, bytes);
        }
        let mut aside = |name: &str| files.remove(&name.parse::<PackPath>().ok()?);
        let (manifest, signature) = (aside(MANIFEST), aside(SIGNATURE));
        Ok(Folder { root: root.into(), manifest, signature, files })
    }

    /// The file with this name.
    pub(crate) fn file(&self, name: &str) -> Option<(&PackPath, &[u8])> {
        let (path, bytes) = self.files.get_key_value(&name.parse::<PackPath>().ok()?)?;
        Some((path, bytes))
    }
}

/// Every file below a folder, in the order of their names.
fn list(root: &Path) -> Result<Vec<PackPath>, PackError> {
    let (mut files, mut folders, mut seen) = (Vec::new(), vec![None::<PackPath>], 0);
    while let Some(folder) = folders.pop() {
        let place = folder.as_ref().map_or_else(|| root.to_owned(), |path| path.within(root));
        let io = |source| PackError::Io { path: place.clone(), source };
        for found in fs::read_dir(&place).map_err(io)? {
            let found = found.map_err(io)?;
            seen += 1;
            if seen > MAX_FILES {
                return Err(PackError::TooMany { folder: root.into(), limit: MAX_FILES });
            }
            let path = PackPath::join(folder.as_ref(), &found.file_name().to_string_lossy())
                .map_err(|source| PackError::Path { folder: root.into(), source })?;
            match found.file_type().map_err(io)? {
                kind if kind.is_dir() => folders.push(Some(path)),
                kind if kind.is_file() => files.push(path),
                _ => return Err(PackError::Link { file: found.path() }),
            }
        }
    }
    files.sort();
    Ok(files)
}

/// At most so many bytes in this file.
fn limit(path: &PackPath) -> u64 {
    match path.as_str() {
        super::ABOUT => MAX_FILE_BYTES,
        rule if rule.starts_with(super::RULES) => MAX_FILE_BYTES,
        _ => MAX_PACK_BYTES,
    }
}

/// The bytes of a file, or none if there are more than allowed. The length is not asked for but
/// counted while reading: a file may grow.
fn read(file: &Path, limit: u64) -> Result<Option<Vec<u8>>, PackError> {
    let mut bytes = Vec::new();
    let all =
        |opened: File| -> io::Result<usize> { opened.take(limit + 1).read_to_end(&mut bytes) };
    let count = File::open(file)
        .and_then(all)
        .map_err(|source| PackError::Io { path: file.into(), source })?;
    Ok((count as u64 <= limit).then_some(bytes))
}

/// Either the file is too large or it was the drop that made the pack so.
fn too_large(root: &Path, file: &Path, path: &PackPath, allowed: u64) -> PackError {
    if allowed < limit(path) || limit(path) == MAX_PACK_BYTES {
        return PackError::TooLarge { file: root.into(), limit: MAX_PACK_BYTES };
    }
    PackError::TooLarge { file: file.into(), limit: limit(path) }
}
