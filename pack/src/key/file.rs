//! Key files on disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{KeyError, KeyId, SigningKey};

/// The longest name of a key, in bytes.
const MAX_NAME: usize = 64;

/// What [`keygen`] wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// What signatures call the key.
    pub id: KeyId,
    /// The secret: PKCS#8 PEM, readable by its owner only.
    pub secret: PathBuf,
    /// One line for trust directories.
    pub public: PathBuf,
}

/// Makes a new key and writes `NAME.key` and `NAME.pub` into the folder, which is created when it
/// is missing.
///
/// # Errors
/// If the name is not fit for a file, one of the files exists already, or a file cannot be written.
pub fn keygen(folder: &Path, name: &str) -> Result<KeyPair, KeyError> {
    check_name(name)?;
    let key = SigningKey::generate()?;
    let public_key = key.public(name)?;
    let (secret, public) = (folder.join(format!("{name}.key")), folder.join(format!("{name}.pub")));
    fs::create_dir_all(folder).map_err(|source| KeyError::Io { file: folder.into(), source })?;
    for file in [&secret, &public] {
        if file.symlink_metadata().is_ok() {
            return Err(KeyError::Exists(file.clone()));
        }
    }
    write_new(&secret, 0o600, key.to_pem().as_ref())?;
    write_new(&public, 0o644, format!("{public_key}\n").as_bytes())?;
    Ok(KeyPair { id: key.id(), secret, public })
}

impl SigningKey {
    /// Reads a secret key from its file.
    ///
    /// # Errors
    /// If the file cannot be read, others than its owner may read it, or it holds no key.
    pub fn read(file: &Path) -> Result<SigningKey, KeyError> {
        let io = |source| KeyError::Io { file: file.into(), source };
        let opened = File::open(file).map_err(io)?;
        check_mode(file, &opened.metadata().map_err(io)?)?;
        let pem = io::read_to_string(opened).map_err(io)?;
        SigningKey::from_pem(&pem).ok_or_else(|| KeyError::SecretKey(file.into()))
    }
}

pub(super) fn check_name(name: &str) -> Result<(), KeyError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._@+-".contains(&byte);
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    let good = begins && name.len() <= MAX_NAME && name.bytes().all(fits);
    good.then_some(()).ok_or_else(|| KeyError::Name(name.to_owned()))
}

fn write_new(file: &Path, mode: u32, bytes: &[u8]) -> Result<(), KeyError> {
    let written = create_new(file, mode).and_then(|mut opened| {
        opened.write_all(bytes)?;
        opened.sync_all()
    });
    written.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Exists(file.into()),
        _ => KeyError::Io { file: file.into(), source },
    })
}

#[cfg(unix)]
fn create_new(file: &Path, mode: u32) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(mode).open(file)
}

#[cfg(not(unix))]
fn create_new(file: &Path, _mode: u32) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(file)
}

#[cfg(unix)]
fn check_mode(file: &Path, metadata: &fs::Metadata) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt;
    match metadata.permissions().mode() & 0o7777 {
        mode if mode & 0o077 == 0 => Ok(()),
        mode => Err(KeyError::Readable { file: file.into(), mode }),
    }
}

#[cfg(not(unix))]
fn check_mode(_file: &Path, _metadata: &fs::Metadata) -> Result<(), KeyError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::PublicKey;

    #[test]
    fn a_new_key_is_read_back_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let made = keygen(&folder.path().join("keys"), "ops@example").unwrap();
        let public: PublicKey = fs::read_to_string(&made.public).unwrap().parse().unwrap();
        assert_eq!(SigningKey::read(&made.secret).unwrap().id(), made.id);
        assert_eq!((public.id(), public.name()), (made.id, "ops@example"));

        let before = fs::read(&made.secret).unwrap();
        let again = keygen(&folder.path().join("keys"), "ops@example");
        assert!(matches!(again, Err(KeyError::Exists(file)) if file == made.secret));
        fs::remove_file(&made.secret).unwrap();
        let again = keygen(&folder.path().join("keys"), "ops@example");
        assert!(matches!(again, Err(KeyError::Exists(file)) if file == made.public));
        assert!(!made.secret.exists() && !before.is_empty());
    }

    #[test]
    fn a_name_is_fit_for_a_file() {
        for name in ["a", "ops@example.org", "2026.key"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", ".", "..", "-x", "a/b", "a b", "ä", "a\n", &"x".repeat(65)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_that_others_may_read_is_refused_with_its_mode() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let made = keygen(folder.path(), "ops").unwrap();
        let mode = |bits| fs::set_permissions(&made.secret, fs::Permissions::from_mode(bits));
        assert_eq!(fs::metadata(&made.secret).unwrap().permissions().mode() & 0o777, 0o600);
        for bits in [0o640, 0o604, 0o644] {
            mode(bits).unwrap();
            let error = SigningKey::read(&made.secret).unwrap_err().to_string();
            assert!(error.contains(&format!("{bits:04o}")), "{error}");
        }
        mode(0o400).unwrap();
        assert!(SigningKey::read(&made.secret).is_ok());
    }

    #[test]
    fn a_file_that_is_no_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ops.key");
        write_new(&file, 0o600, b"-----BEGIN PRIVATE KEY-----\n").unwrap();
        assert!(matches!(SigningKey::read(&file), Err(KeyError::SecretKey(f)) if f == file));
        let missing = folder.path().join("none.key");
        assert!(matches!(SigningKey::read(&missing), Err(KeyError::Io { .. })));
    }
}
