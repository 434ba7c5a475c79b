//! The keys that an operator believes.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::key::{KeyError, KeyId, PublicKey};

/// Whom to believe.
#[derive(Debug, Clone)]
pub enum Trust {
    /// Packs that one of these keys has signed.
    Keys(TrustedKeys),
    /// Any pack: neither manifest nor signature is looked at. For authors at work, never for
    /// endpoints.
    AllowUnsigned,
}

/// Public keys, by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedKeys {
    keys: BTreeMap<KeyId, PublicKey>,
}

/// Why a trust directory cannot be believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// A file or directory that every user may write vouches for nobody.
    #[error("{path}: mode {mode:04o} lets every user write it", path = .path.display())]
    Writable {
        /// The file or directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A file that holds no public key.
    #[error("{file}: {source}", file = .file.display())]
    Key {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: KeyError,
    },
    /// Two different keys with one id.
    #[error("{file}: another key has the id {key}, too", file = .file.display())]
    Collision {
        /// The second of them.
        file: PathBuf,
        /// The id.
        key: KeyId,
    },
    /// The directory or a file cannot be read.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

impl TrustedKeys {
    /// Reads every `*.pub` file of a directory. Other files are not looked at.
    ///
    /// # Errors
    /// If the directory or one of the files cannot be read, may be written by every user, or holds
    /// no public key.
    pub fn load(directory: &Path) -> Result<TrustedKeys, TrustError> {
        let io = |source| TrustError::Io { path: directory.into(), source };
        check_mode(directory)?;
        let mut trusted = TrustedKeys::default();
        for found in fs::read_dir(directory).map_err(io)? {
            let file = found.map_err(io)?.path();
            if file.extension() == Some(OsStr::new("pub")) {
                let key = read(&file)?;
                trusted.add(&key).map_err(|key| TrustError::Collision { file, key })?;
            }
        }
        Ok(trusted)
    }

    /// The key with this id, if it is trusted.
    pub fn get(&self, id: KeyId) -> Option<&PublicKey> {
        self.keys.get(&id)
    }

    /// Every trusted key, in the order of the ids.
    pub fn iter(&self) -> impl Iterator<Item = &PublicKey> {
        self.keys.values()
    }

    /// Whether nobody is trusted.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The same key may come twice, under two names: the first name stays.
    fn add(&mut self, key: &PublicKey) -> Result<(), KeyId> {
        let id = key.id();
        let known = self.keys.entry(id).or_insert_with(|| key.clone());
        if known.same_key(key) { Ok(()) } else { Err(id) }
    }
}

impl FromIterator<PublicKey> for TrustedKeys {
    fn from_iter<I: IntoIterator<Item = PublicKey>>(keys: I) -> Self {
        TrustedKeys { keys: keys.into_iter().map(|key| (key.id(), key)).collect() }
    }
}

fn read(file: &Path) -> Result<PublicKey, TrustError> {
    check_mode(file)?;
    let text =
        fs::read_to_string(file).map_err(|source| TrustError::Io { path: file.into(), source })?;
    text.parse().map_err(|source| TrustError::Key { file: file.into(), source })
}

#[cfg(unix)]
fn check_mode(path: &Path) -> Result<(), TrustError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata =
        fs::metadata(path).map_err(|source| TrustError::Io { path: path.into(), source })?;
    match metadata.permissions().mode() & 0o7777 {
        mode if mode & 0o002 == 0 => Ok(()),
        mode => Err(TrustError::Writable { path: path.into(), mode }),
    }
}

#[cfg(not(unix))]
fn check_mode(_path: &Path) -> Result<(), TrustError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{SigningKey, keygen};

    #[test]
    fn a_trust_directory_is_its_pub_files() {
        let folder = tempfile::tempdir().unwrap();
        assert!(TrustedKeys::load(folder.path()).unwrap().is_empty());
        let (one, two) =
            (keygen(folder.path(), "one").unwrap(), keygen(folder.path(), "two").unwrap());
        fs::write(folder.path().join("README"), "not a key").unwrap();
        fs::copy(&one.public, folder.path().join("copy.pub")).unwrap();
        let trusted = TrustedKeys::load(folder.path()).unwrap();
        assert!(trusted.get(one.id).is_some() && trusted.get(two.id).is_some());
        assert_eq!(trusted.iter().count(), 2);
        assert!(trusted.get(SigningKey::from_secret(&[7; 32]).id()).is_none());
    }

    #[test]
    fn a_pub_file_that_is_no_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("broken.pub"), "ed25519 00 broken\n").unwrap();
        let error = TrustedKeys::load(folder.path()).unwrap_err().to_string();
        assert!(error.contains("broken.pub: public key"), "{error}");
        let error = TrustedKeys::load(&folder.path().join("none")).unwrap_err();
        assert!(matches!(error, TrustError::Io { .. }));
    }

    #[cfg(unix)]
    #[test]
    fn what_every_user_may_write_is_not_believed() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let made = keygen(folder.path(), "one").unwrap();
        let mode = |path: &Path, bits| {
            fs::set_permissions(path, fs::Permissions::from_mode(bits)).unwrap();
        };
        for (path, open, closed) in [(&*made.public, 0o646, 0o644), (folder.path(), 0o777, 0o755)] {
            mode(path, open);
            let error = TrustedKeys::load(folder.path()).unwrap_err();
            assert!(matches!(error, TrustError::Writable { path: p, .. } if p == path));
            mode(path, closed);
            assert_eq!(TrustedKeys::load(folder.path()).unwrap().iter().count(), 1);
        }
    }
}
