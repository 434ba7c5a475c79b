//! Files as a pack's archive: `docs/pack-format.md`.

use tar::{Builder, EntryType, Header};

/// The archive of these files, which come in ascending order of their names.
///
/// # Panics
/// If a name is longer than a header has room for.
pub fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_cksum();
        builder.append(&header, *bytes).expect("memory takes every byte");
    }
    builder.into_inner().expect("memory takes every byte")
}
