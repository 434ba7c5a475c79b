//! The keys that an operator believes, and how the files of a trust directory are read.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::error::TrustError;
use crate::key::{KeyError, KeyId, PublicKey};
use crate::parcel::MAX_FILE_BYTES;

/// Public keys, by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedKeys {
    keys: BTreeMap<KeyId, PublicKey>,
}

impl TrustedKeys {
    /// Reads every `*.pub` file of a directory. Other files are not looked at.
    ///
    /// # Errors
    /// If the directory or one of the files cannot be read, may be written by every user, or holds
    /// no public key.
    pub fn load(directory: &Path) -> Result<TrustedKeys, TrustError> {
        let mut trusted = TrustedKeys::default();
        for (name, bytes) in read_all(directory, |name| name.ends_with(".pub"))? {
            let file = directory.join(name);
            let key =
                parse(&bytes).map_err(|source| TrustError::Key { file: file.clone(), source })?;
            trusted.add(&key).map_err(|key| TrustError::Collision { file, key })?;
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

/// The bytes of a `.pub` file as a key.
fn parse(bytes: &[u8]) -> Result<PublicKey, KeyError> {
    String::from_utf8_lossy(bytes).parse()
}

/// The wanted files of a directory with their names, in ascending order. Neither it nor they may
/// be written by every user.
pub(super) fn read_all(
    directory: &Path,
    wanted: impl Fn(&str) -> bool,
) -> Result<Vec<(String, Vec<u8>)>, TrustError> {
    let io = |source| TrustError::Io { path: directory.into(), source };
    check_mode(directory)?;
    let mut files = Vec::new();
    for found in fs::read_dir(directory).map_err(io)? {
        let file = found.map_err(io)?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if wanted(&name) {
            files.push((name.into_owned(), read(&file)?));
        }
    }
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> Result<Vec<u8>, TrustError> {
    check_mode(file)?;
    let mut bytes = Vec::new();
    let opened = File::open(file);
    let count = opened.and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes));
    match count {
        Ok(count) if count as u64 <= MAX_FILE_BYTES => Ok(bytes),
        Ok(_) => Err(TrustError::TooLarge { file: file.into(), limit: MAX_FILE_BYTES }),
        Err(source) => Err(TrustError::Io { path: file.into(), source }),
    }
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
