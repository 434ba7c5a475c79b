//! Trees as archives: everything is root's, and of one time.

use anyhow::{Context, Result};
use tar::{Builder, EntryType, Header};

use super::manual::squeeze;
use super::tree::Tree;

/// A compressed archive of which everything is below one folder.
pub(super) fn tarball(tree: &Tree, top: &str, time: u64) -> Result<Vec<u8>> {
    archive(tree, &format!("{top}/"), time)
}

/// A compressed archive of the tree below a prefix, such as `./`.
pub(super) fn archive(tree: &Tree, prefix: &str, time: u64) -> Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    append(&mut archive, prefix, &[], true, time)?;
    for folder in tree.folders() {
        append(&mut archive, &format!("{prefix}{folder}/"), &[], true, time)?;
    }
    for (path, file) in tree.files() {
        let mut header =
            header(file.bytes.len(), if file.is_program { 0o755 } else { 0o644 }, time);
        put(&mut archive, &mut header, &format!("{prefix}{path}"), &file.bytes)?;
    }
    squeeze(&archive.into_inner()?)
}

/// A compressed archive of a few files, for the package's control data.
pub(super) fn loose(files: &[(&str, Vec<u8>, u32)], time: u64) -> Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    append(&mut archive, "./", &[], true, time)?;
    for (name, bytes, mode) in files {
        put(&mut archive, &mut header(bytes.len(), *mode, time), &format!("./{name}"), bytes)?;
    }
    squeeze(&archive.into_inner()?)
}

fn append(
    archive: &mut Builder<Vec<u8>>,
    path: &str,
    bytes: &[u8],
    is_folder: bool,
    time: u64,
) -> Result<()> {
    let mut header = header(bytes.len(), 0o755, time);
    if is_folder {
        header.set_entry_type(EntryType::Directory);
    }
    put(archive, &mut header, path, bytes)
}

fn put(
    archive: &mut Builder<Vec<u8>>,
    header: &mut Header,
    path: &str,
    bytes: &[u8],
) -> Result<()> {
    archive.append_data(header, path, bytes).with_context(|| path.to_owned())
}

fn header(size: usize, mode: u32, time: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_size(size as u64);
    header.set_mode(mode);
    header.set_mtime(time);
    header.set_uid(0);
    header.set_gid(0);
    header
}
