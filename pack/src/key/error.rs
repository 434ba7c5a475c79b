//! What can be wrong with a key.

use std::io;
use std::path::PathBuf;

/// Why a key cannot be made, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A text that names no key.
    #[error("key id {0:?} is not sixteen lower-case hexadecimal digits")]
    Id(String),
    /// A line that is no public key, or a key too weak to sign anything.
    #[error("public key {0:?} is not of the form: ed25519 64-hexadecimal-digits name")]
    PublicKey(String),
    /// A file that is no secret key.
    #[error("{file}: no Ed25519 secret key in PKCS#8 PEM form", file = .0.display())]
    SecretKey(PathBuf),
    /// A name that is not fit for a file.
    #[error(
        "key name {0:?} is not 1 to 64 of A-Z, a-z, 0-9, '.', '_', '@', '+' and '-', beginning with a letter or digit"
    )]
    Name(String),
    /// A key is never overwritten.
    #[error("{file}: exists already", file = .0.display())]
    Exists(PathBuf),
    /// A secret that others than its owner may read is none.
    #[error("{file}: mode {mode:04o} lets others than the owner read the secret key, wanted 0600", file = .file.display())]
    Readable {
        /// The file.
        file: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The operating system gave no random bytes.
    #[error("the operating system has no randomness")]
    Randomness,
    /// The file cannot be read or written.
    #[error("{file}: {source}", file = .file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}
