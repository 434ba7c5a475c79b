//! Why trust cannot be read, and why news of it is not believed.

use std::path::PathBuf;
use std::{fmt, io};

use super::revocations::RevocationsError;
use super::root::RootError;
use crate::key::{KeyError, KeyId};
use crate::quorum::QuorumError;
use crate::signature::SignatureError;

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
    /// Nobody could say which of them counts.
    #[error("{directory}: holds both a root and .pub files: keep one kind", directory = .directory.display())]
    Both {
        /// The directory.
        directory: PathBuf,
    },
    /// A root or a list of revocations that is not believed.
    #[error(transparent)]
    News(#[from] NewsError),
    /// More bytes than any file of trust needs.
    #[error("{file}: more than {limit} bytes", file = .file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// How many are allowed.
        limit: u64,
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

/// Whose signatures a root or a list of revocations needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voucher {
    /// The root role of the root before it, with its version.
    OldRoot(u64),
    /// Its own root role, with its version.
    NewRoot(u64),
    /// The revoke role of the root with this version.
    Revoke(u64),
}

impl fmt::Display for Voucher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Voucher::OldRoot(version) => write!(f, "role root of the old root {version}"),
            Voucher::NewRoot(version) => write!(f, "role root of the new root {version}"),
            Voucher::Revoke(version) => write!(f, "role revoke of root {version}"),
        }
    }
}

/// Why a later root, or a list of revocations, is not believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NewsError {
    /// Something among a pack's news that is none.
    #[error(
        "{file}: only root.N.json, root.N.sig, revocations.json and revocations.sig belong into trust/",
        file = .file.display()
    )]
    Stranger {
        /// The file.
        file: PathBuf,
    },
    /// A document without its signatures, or signatures without their document.
    #[error("{file}: the file is missing", file = .file.display())]
    Half {
        /// The file that is not there.
        file: PathBuf,
    },
    /// Signatures that are none.
    #[error("{file}: {source}", file = .file.display())]
    Signatures {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: SignatureError,
    },
    /// Not enough of those who must have signed it.
    #[error("{file}: {voucher}: {source}", file = .file.display())]
    NotVouched {
        /// The document.
        file: PathBuf,
        /// Whose signatures are missing.
        voucher: Voucher,
        /// What there is of them.
        source: QuorumError,
    },
    /// A root that is none.
    #[error("{file}: {source}", file = .file.display())]
    Root {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: RootError,
    },
    /// Roots between the one that is believed and this one are not there.
    #[error("{file}: root {version} cannot follow root {believed}: root {missing} is missing", file = .file.display(), missing = .believed + 1)]
    Gap {
        /// The file.
        file: PathBuf,
        /// Its version.
        version: u64,
        /// The version that is believed.
        believed: u64,
    },
    /// Revocations that are none.
    #[error("{file}: {source}", file = .file.display())]
    Revocations {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: RevocationsError,
    },
}
