//! A pack as a folder, the form in which authors have it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::{MAX_FILES, MAX_PACK_BYTES, limit};
use crate::pack::PackError;
use crate::path::PackPath;

/// Every file of a folder, none of them behind a link.
pub(super) fn read(root: &Path) -> Result<BTreeMap<PackPath, Vec<u8>>, PackError> {
    let mut files = BTreeMap::new();
    let mut room = MAX_PACK_BYTES;
    for path in list(root)? {
        let file = path.within(root);
        let limit = limit(&path).min(room);
        let bytes = read_file(&file, limit)?.ok_or_else(|| too_large(root, &file, &path, limit))?;
        room -= bytes.len() as u64;
        files.insert(path, bytes);
    }
    Ok(files)
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

/// The bytes of a file, or none if there are more than allowed. The length is not asked for but
/// counted while reading: a file may grow.
pub(super) fn read_file(file: &Path, limit: u64) -> Result<Option<Vec<u8>>, PackError> {
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
