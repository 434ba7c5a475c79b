//! The host's key for marks: 32 random bytes in a file that only its owner may read.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::Key;

const KEY_BYTES: usize = 32;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The operating system's word.
    #[error("redaction key {}: {cause}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        cause: io::Error,
    },
    /// It is not as long as a key is.
    #[error("redaction key {}: {length} bytes, not 32", .path.display())]
    Length {
        /// The file.
        path: PathBuf,
        /// How long it is, bytes.
        length: usize,
    },
    /// Others may read or write it.
    #[error("redaction key {}: mode {mode:o} lets others in; make it 600", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// There are no random numbers.
    #[error("random numbers: {0}")]
    Random(getrandom::Error),
}

/// A key for this run alone.
///
/// # Errors
/// If the operating system gives no random numbers.
pub fn passing() -> Result<Key, KeyError> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(KeyError::Random)?;
    Ok(Key(key))
}

/// The key in this file, which is made if it is not there.
///
/// # Errors
/// If it cannot be read or made, is no key, or is open to others.
pub fn kept(path: &Path) -> Result<Key, KeyError> {
    let failed = |cause| KeyError::Io { path: path.to_owned(), cause };
    match fs::read(path) {
        Ok(bytes) => {
            let mode = mode(&fs::metadata(path).map_err(failed)?);
            if mode & 0o077 != 0 {
                return Err(KeyError::Open { path: path.to_owned(), mode });
            }
            let length = bytes.len();
            let key = <[u8; KEY_BYTES]>::try_from(bytes);
            key.map(Key).map_err(|_| KeyError::Length { path: path.to_owned(), length })
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key = passing()?;
            write(path, &key).map_err(failed)?;
            Ok(key)
        }
        Err(cause) => Err(failed(cause)),
    }
}

/// Whole or not at all: written beside, then given its name.
fn write(path: &Path, key: &Key) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(&key.0)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o777
}

/// Elsewhere the folder's permissions decide.
#[cfg(not(unix))]
fn mode(_metadata: &fs::Metadata) -> u32 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_its_owner() {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("redaction.key");
        let key = kept(&path).expect("a key");
        assert!(kept(&path).expect("the same") == key);
        assert!(passing().expect("another") != key);
        #[cfg(unix)]
        assert_eq!(mode(&fs::metadata(&path).expect("a file")), 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_key_or_open_to_others_is_refused_by_name() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("redaction.key");
        for (length, mode, reason) in [(31, 0o600, "31 bytes"), (32, 0o644, "mode 644")] {
            fs::write(&path, vec![1; length]).expect("written");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
            let error = kept(&path).map(|_| ()).expect_err("no key").to_string();
            assert!(error.contains(reason) && error.contains("redaction.key"), "{error}");
        }
    }
}
