//! Where a ledger is: a folder with the entries, the checkpoints and the key.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::note::{KeyError, Signer, Verifier};

/// Why a file of a ledger cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// It cannot be read or written.
    #[error("{path:?}: {cause}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// It is no key.
    #[error("{path:?}: {cause}")]
    Key {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: KeyError,
    },
}

/// A ledger's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    /// This one.
    pub fn new(path: PathBuf) -> Self {
        Folder(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The entries, one a line.
    pub fn entries(&self) -> PathBuf {
        self.0.join("entries")
    }

    /// The checkpoints, each followed by an empty line.
    pub fn checkpoints(&self) -> PathBuf {
        self.0.join("checkpoints")
    }

    /// The key that checks.
    pub fn public_key(&self) -> PathBuf {
        self.0.join("key.pub")
    }

    /// The key that signs.
    pub fn secret_key(&self) -> PathBuf {
        self.0.join("key")
    }

    /// The key that checks the checkpoints.
    ///
    /// # Errors
    /// If the file cannot be read or is no key.
    pub fn verifier(&self) -> Result<Verifier, FolderError> {
        let path = self.public_key();
        let text = fs::read_to_string(&path).map_err(io_error(&path))?;
        Verifier::parse(&text).map_err(|cause| FolderError::Key { path, cause })
    }

    /// The key that signs, which is made if there is none, from this seed, with a name of its own.
    ///
    /// # Errors
    /// If a file cannot be read or written, or is no key.
    pub fn signer(&self, seed: &[u8; 32]) -> Result<Signer, FolderError> {
        let path = self.secret_key();
        let signer = match fs::read_to_string(&path) {
            Ok(text) => {
                Signer::parse(text.trim_end()).map_err(|cause| FolderError::Key { path, cause })?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.new_signer(seed)?,
            Err(cause) => return Err(FolderError::Io { path, cause }),
        };
        let path = self.public_key();
        write(&path, &format!("{}\n", signer.verifier().text()))?;
        Ok(signer)
    }

    fn new_signer(&self, seed: &[u8; 32]) -> Result<Signer, FolderError> {
        // Of the public half, so that the name tells nothing of the seed.
        let unnamed = Signer::new("-", seed).expect("a name without spaces");
        let own = blake3::hash(unnamed.verifier().text().as_bytes()).to_hex();
        let name = format!("daemoneye/ledger/{}", &own[..16]);
        let signer = Signer::new(&name, seed).expect("a name without spaces");
        write(&self.secret_key(), &format!("{}\n", signer.secret_text()))?;
        Ok(signer)
    }

    /// Puts entries and checkpoints aside that cannot be gone on with; nothing is removed.
    ///
    /// # Errors
    /// If a file cannot be renamed.
    pub fn put_aside(&self, suffix: &str) -> Result<(), FolderError> {
        for path in [self.entries(), self.checkpoints()] {
            let mut aside = path.clone().into_os_string();
            aside.push(format!(".{suffix}{DAMAGED}"));
            if path.exists() {
                fs::rename(&path, aside).map_err(io_error(&path))?;
            }
        }
        Ok(())
    }

    /// What was put aside.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn aside(&self) -> Result<Vec<String>, FolderError> {
        let failed = |cause| FolderError::Io { path: self.0.clone(), cause };
        let mut names = Vec::new();
        for entry in self.0.read_dir().map_err(failed)? {
            let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
            if name.ends_with(DAMAGED) {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }
}

/// What the names of files end with that were put aside.
const DAMAGED: &str = ".damaged";

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    |cause| FolderError::Io { path, cause }
}

/// Writes a whole file for its owner only, or leaves the old one.
fn write(path: &Path, text: &str) -> Result<(), FolderError> {
    use io::Write;
    let new = path.with_extension("new");
    let write = || {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)
    };
    write().map_err(io_error(path))
}
