//! The packs of this host.
//!
//! ```text
//! folder       what lies there
//! release      a pack, compiled and proved by its own tests
//! activation   which releases are to be in force
//! kept         the releases that were in force last, to go back to
//! rollback     operators go back
//! told         what operators are told
//! ```
//!
//! Invariant: a release is in force after all of it has held: its signatures, that it is neither
//! revoked nor older than one that was, its rules, and its own tests under its own budgets. Whatever
//! does not hold leaves in force what is.

mod activation;
mod folder;
mod kept;
mod release;
mod rollback;
mod told;

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use daemoneye_pack_format::{
    Day, Gate, Pack, PackError, PackId, Parcel, Remembered, RememberedError, Trust, TrustError,
};

use crate::config::Config;
pub(crate) use activation::{Activation, Next};
pub(crate) use release::Prover;
pub use rollback::Rollbacks;

/// Believes packs. What has been active, who is trusted by now and what was revoked outlives the
/// agent, in one file of its data directory.
pub struct Packs {
    memory: PathBuf,
    gate: Gate,
}

/// When somebody should have looked at a pack again.
#[derive(Debug, Clone)]
pub struct Review {
    pack: PackId,
    by: Day,
}

/// Nobody has looked at a pack in time. Its rules stay active.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Overdue {
    /// The pack.
    pub pack: PackId,
    /// The last day for it.
    pub by: Day,
    /// The day that it is.
    pub today: Day,
}

/// Why nobody could say which packs to believe.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PacksError {
    /// The trust directory.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// What was remembered is damaged.
    #[error(
        "{file}: {cause}; without the file, the agent forgets which releases were active and what was revoked",
        file = .file.display()
    )]
    Remembered {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        cause: RememberedError,
    },
    /// The file of what is remembered cannot be read or written.
    #[error("{file}: {cause}", file = .file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        cause: io::Error,
    },
}

impl Review {
    /// That somebody should look at a pack by a day.
    pub fn new(pack: PackId, by: Day) -> Self {
        Review { pack, by }
    }

    /// That the pack should have been looked at, if the time has passed by the wall clock.
    pub(crate) fn overdue(&self, now: i64) -> Option<Overdue> {
        let Review { pack, by } = self;
        let today = Day::of(now).filter(|_| by.is_over(now))?;
        Some(Overdue { pack: pack.clone(), by: *by, today })
    }
}

impl fmt::Display for Overdue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Overdue { pack, by, .. } = self;
        write!(f, "pack {pack}: its review was due by {by}; its rules stay active")
    }
}

impl Packs {
    /// Reads whom to believe, and what was remembered.
    ///
    /// # Errors
    /// If either cannot be read, or is damaged.
    pub fn open(config: &Config) -> Result<Packs, PacksError> {
        let trust =
            if config.allow_unsigned { Trust::AllowUnsigned } else { Trust::load(&config.trust)? };
        let memory = config.pack_memory();
        let gate = Gate::resume(trust, remembered(&memory)?);
        Ok(Packs { memory, gate })
    }

    /// Heeds what a parcel says about trust; why its revocations are not believed, if so. That costs
    /// the pack nothing.
    fn learn(&mut self, parcel: &Parcel) -> Result<Option<String>, PackError> {
        let ignored = self.gate.learn(parcel)?;
        Ok(ignored.map(|why| format!("{why}; its revocations are not heeded")))
    }

    /// The pack in a parcel, if it is believed. The news of all parcels are heard before any is
    /// believed: one may revoke another.
    fn admit(&self, parcel: &Parcel) -> Result<Pack, PackError> {
        self.gate.admit(parcel)
    }

    /// Notes that the pack judges events: from now on no older release of it is admitted.
    fn activated(&mut self, pack: &Pack) {
        self.gate.activated(pack);
    }

    /// Writes what must be remembered: all of it or, if that fails, nothing.
    fn keep(&self) -> Result<(), PacksError> {
        let bytes = self.gate.remembered().to_bytes();
        write(&self.memory, &bytes)
            .map_err(|cause| PacksError::Io { file: self.memory.clone(), cause })
    }
}

/// What an earlier agent knew; nothing, at the first start.
fn remembered(file: &Path) -> Result<Remembered, PacksError> {
    match std::fs::read(file) {
        Ok(bytes) => Remembered::from_bytes(&bytes)
            .map_err(|cause| PacksError::Remembered { file: file.into(), cause }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Remembered::default()),
        Err(cause) => Err(PacksError::Io { file: file.into(), cause }),
    }
}

/// Replaces the file as a whole; only its owner may read it.
fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(file)?;
    // The name is on disk when its folder is.
    std::fs::File::open(folder)?.sync_all()
}
