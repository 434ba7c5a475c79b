//! The packs of this host: which are admitted, and what is remembered of them.

use std::ffi::OsStr;
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use daemoneye_pack_format::{
    Day, Gate, Pack, PackError, PackId, Parcel, Remembered, RememberedError, Trust, TrustError,
};

use crate::config::Config;

/// The ending of a pack in one file.
const ENDING: &str = "pack";

/// Reads packs and believes those that may be. What has been active, who is trusted by now and what
/// was revoked outlives the agent, in one file of its data directory.
pub struct Packs {
    folder: PathBuf,
    memory: PathBuf,
    gate: Gate,
    reviews: Vec<Review>,
}

/// The packs of the folder.
#[derive(Debug, Default)]
pub struct Admitted {
    /// Those that are believed, each with its place, in the order of their names.
    pub packs: Vec<(PathBuf, Pack)>,
    /// Why others are not, and what else is wrong with the folder.
    pub refused: Vec<String>,
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

impl Admitted {
    /// Of several releases of one pack, only the latest is active.
    fn keep_latest(&mut self) {
        let latest = |pack: &Pack, all: &[(PathBuf, Pack)]| {
            let releases = all.iter().filter(|(_, other)| other.id == pack.id);
            releases.map(|(_, other)| other.release).max()
        };
        let all = std::mem::take(&mut self.packs);
        for (place, pack) in &all {
            match latest(pack, &all) {
                Some(later) if later > pack.release => self.refused.push(format!(
                    "{}: pack {} release {} is older than release {later} beside it",
                    place.display(),
                    pack.id,
                    pack.release,
                )),
                _ => self.packs.push((place.clone(), pack.clone())),
            }
        }
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
        Ok(Packs { folder: config.packs.clone(), memory, gate, reviews: Vec::new() })
    }

    /// Reads every pack of the folder. The news of all are heard before any is believed: one may
    /// revoke another.
    pub fn admit(&mut self) -> Admitted {
        let mut admitted = Admitted::default();
        let mut parcels = Vec::new();
        for place in list(&self.folder, &mut admitted.refused) {
            match Parcel::open(&place).and_then(|parcel| self.hear(parcel, &mut admitted)) {
                Ok(parcel) => parcels.push(parcel),
                Err(error) => admitted.refused.push(error.to_string()),
            }
        }
        for parcel in parcels {
            match self.gate.admit(&parcel) {
                Ok(pack) => admitted.packs.push((parcel.place().to_owned(), pack)),
                Err(error) => admitted.refused.push(error.to_string()),
            }
        }
        admitted.keep_latest();
        admitted
    }

    /// Notes that the pack judges events: from now on no older release of it is admitted.
    pub fn activated(&mut self, pack: &Pack) {
        self.gate.activated(pack);
        let review = |by| Review { pack: pack.id.clone(), by };
        self.reviews.extend(pack.review_by.map(review));
    }

    /// When the active packs should be looked at again.
    pub fn reviews(&self) -> Vec<Review> {
        self.reviews.clone()
    }

    /// Writes what must be remembered: all of it or, if that fails, nothing.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn keep(&self) -> Result<(), PacksError> {
        let bytes = self.gate.remembered().to_bytes();
        write(&self.memory, &bytes)
            .map_err(|cause| PacksError::Io { file: self.memory.clone(), cause })
    }

    /// Heeds what a parcel says about trust; revocations that are not believed are told, and cost
    /// the pack nothing.
    fn hear(&mut self, parcel: Parcel, admitted: &mut Admitted) -> Result<Parcel, PackError> {
        let ignored = self.gate.learn(&parcel)?;
        admitted
            .refused
            .extend(ignored.map(|why| format!("{why}; its revocations are not heeded")));
        Ok(parcel)
    }
}

/// The folders and `.pack` files of a folder, by name. Other files are no packs.
fn list(folder: &Path, refused: &mut Vec<String>) -> Vec<PathBuf> {
    let found = folder.read_dir().and_then(|entries| {
        entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()
    });
    let mut found = found.unwrap_or_else(|error| {
        refused.push(format!("packs {folder:?}: {error}"));
        Vec::new()
    });
    found.retain(|path| path.is_dir() || path.extension() == Some(OsStr::new(ENDING)));
    found.sort();
    found
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
