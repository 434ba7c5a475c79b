//! A pack as one file: a ustar archive that has exactly one form.

use std::collections::BTreeMap;
use std::io::Read;

use tar::{Archive, Builder, EntryType, Header};

use super::{MAX_FILES, MAX_PACK_BYTES};
use crate::path::{PackPath, PathError};

/// The size of a header, and what the bytes of each file are filled up to.
const BLOCK: u64 = 512;
/// At most so many bytes in an archive: a header and a filling for each file, and the end.
pub(super) const MAX_BYTES: u64 = MAX_PACK_BYTES + MAX_FILES as u64 * 2 * BLOCK + 2 * BLOCK;

/// Why bytes are no archive of a pack.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// Not ustar at all; the text is the tar reader's.
    #[error("no archive: {0}")]
    Tar(#[from] std::io::Error),
    /// A name that no file of a pack has.
    #[error("{0}")]
    Path(#[from] PathError),
    /// A link, a device, a folder, or an extension of the format.
    #[error("entry {name:?} is of type {kind:?}: only files belong into a pack")]
    NoFile {
        /// Its name; what is no UTF-8 is shown as U+FFFD.
        name: String,
        /// The type flag of its header.
        kind: char,
    },
    /// A header that promises more bytes than there are.
    #[error("file {path} should have {size} bytes, and {left} are left")]
    Torn {
        /// The file.
        path: PackPath,
        /// What its header says.
        size: u64,
        /// What is left of the archive.
        left: u64,
    },
    /// A file that comes twice.
    #[error("file {0} comes twice")]
    Twice(PackPath),
    /// A file below another file.
    #[error("file {0} is below another file")]
    Below(PackPath),
    /// Too many files.
    #[error("more than {MAX_FILES} files")]
    TooMany,
    /// Too many bytes.
    #[error("more than {0} bytes")]
    TooLarge(u64),
    /// Bytes that `daemoneye-pack build` does not write: another order, a date, an owner, filling
    /// that is not zero, or more after the end.
    #[error("byte {0} is not what a pack of these files has there")]
    Form(u64),
}

/// The archive of these files, which come in ascending order of their names.
pub(super) fn write<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, bytes) in files {
        let header = header(name, bytes.len() as u64);
        builder.append(&header, bytes).expect("memory takes every byte");
    }
    builder.into_inner().expect("memory takes every byte")
}

/// The one header that a file has: nobody's, of no date.
fn header(name: &str, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Regular);
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(size);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_cksum();
    header
}

/// The files of an archive, whose bytes must be exactly those that [`write`] makes of them.
pub(super) fn read(bytes: &[u8]) -> Result<BTreeMap<PackPath, Vec<u8>>, ArchiveError> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ArchiveError::TooLarge(MAX_BYTES));
    }
    let files = files(bytes)?;
    let room: usize = files.values().map(Vec::len).sum();
    if room as u64 > MAX_PACK_BYTES {
        return Err(ArchiveError::TooLarge(MAX_PACK_BYTES));
    }
    if let Some(path) = files.keys().find(|path| below_a_file(path, &files)) {
        return Err(ArchiveError::Below(path.clone()));
    }
    let again = write(files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())));
    match difference(bytes, &again) {
        Some(offset) => Err(ArchiveError::Form(offset)),
        None => Ok(files),
    }
}

/// What the headers say is believed only as far as it fits into the bytes that are there.
fn files(bytes: &[u8]) -> Result<BTreeMap<PackPath, Vec<u8>>, ArchiveError> {
    let mut files = BTreeMap::new();
    // Raw: headers that would rename or stretch the next file are entries like any other.
    for entry in Archive::new(bytes).entries()?.raw(true) {
        let mut entry = entry?;
        let path = path(entry.header())?;
        let size = entry.header().entry_size()?;
        let left = (bytes.len() as u64).saturating_sub(entry.raw_file_position());
        if size > left {
            return Err(ArchiveError::Torn { path, size, left });
        }
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        if files.len() == MAX_FILES {
            return Err(ArchiveError::TooMany);
        }
        if files.insert(path.clone(), content).is_some() {
            return Err(ArchiveError::Twice(path));
        }
    }
    Ok(files)
}

fn path(header: &Header) -> Result<PackPath, ArchiveError> {
    let name = String::from_utf8_lossy(&header.path_bytes()).into_owned();
    let kind = header.entry_type();
    if kind != EntryType::Regular {
        return Err(ArchiveError::NoFile { name, kind: char::from(kind.as_byte()) });
    }
    Ok(name.parse()?)
}

fn below_a_file(path: &PackPath, files: &BTreeMap<PackPath, Vec<u8>>) -> bool {
    let text = path.as_str();
    let above = text.match_indices('/').map(|(at, _)| &text[..at]);
    above.filter_map(|above| above.parse().ok()).any(|above: PackPath| files.contains_key(&above))
}

/// The first byte in which they differ, from 0.
fn difference(one: &[u8], other: &[u8]) -> Option<u64> {
    let differs = one.iter().zip(other).position(|(one, other)| one != other);
    let shorter = one.len().min(other.len());
    differs.or_else(|| (one.len() != other.len()).then_some(shorter)).map(|at| at as u64)
}
