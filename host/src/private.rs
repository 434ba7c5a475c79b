//! Directories that only their owner may use, and who else could have written something.

use std::fs::{DirBuilder, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::Path;

/// Who else could have written a file or put it into a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Writers {
    /// Its owner is neither the agent's user nor root.
    #[error("it belongs to user {0}")]
    Owner(u32),
    /// Its mode.
    #[error("mode {0:04o} lets others write it")]
    Mode(u32),
}

/// Creates the directory, and its parents, with mode 0700; an existing one is narrowed to it.
pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o700))
}

/// Nobody but root and this user can have put anything into the directory.
///
/// # Errors
/// Who else can.
pub(crate) fn directory_writers(metadata: &Metadata) -> Result<(), Writers> {
    writers(metadata, 0o022)
}

/// Nobody but root, this user and the file's group, which is kept out by the directory, can have
/// written the file.
///
/// # Errors
/// Who else can.
pub(crate) fn file_writers(metadata: &Metadata) -> Result<(), Writers> {
    writers(metadata, 0o002)
}

fn writers(metadata: &Metadata, others: u32) -> Result<(), Writers> {
    let own = rustix::process::geteuid().as_raw();
    if ![0, own].contains(&metadata.uid()) {
        return Err(Writers::Owner(metadata.uid()));
    }
    match metadata.mode() & 0o7777 {
        mode if mode & others == 0 => Ok(()),
        mode => Err(Writers::Mode(mode)),
    }
}
