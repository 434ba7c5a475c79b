//! The directory of what the sensor must not lose: for its owner only, and for one sensor at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use daemoneye_ledger::{Folder, Found, Ledger, LedgerError};
use daemoneye_wal::{Directory, Limits, OpenError, Recovery, Wal};

/// Between looks at whether another sensor has ended.
const PAUSE: Duration = Duration::from_millis(20);
/// The part of the limit after which the log begins another file.
const SEGMENTS: u64 = 16;

/// Why there is nothing to keep events in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// A file or a folder of it.
    #[error("state directory {path:?}: {cause}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Another sensor works here.
    #[error("state directory {path:?}: another procmond uses it for {} s", .patience.as_secs_f32())]
    InUse {
        /// Which.
        path: PathBuf,
        /// How long we have waited.
        patience: Duration,
    },
    /// The write-ahead log.
    #[error("write-ahead {0}")]
    Wal(#[from] OpenError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// What was kept, and what was found to be wrong with it.
#[derive(Debug)]
pub struct State {
    /// The write-ahead log.
    pub wal: Wal<Directory>,
    /// The ledger.
    pub ledger: Ledger,
    /// What the log has and what it has lost.
    pub recovery: Recovery,
    /// What is wrong with the ledger.
    pub found: Found,
    /// Held as long as this sensor works here.
    pub(crate) lock: File,
}

impl State {
    /// Opens it, and waits so long for another sensor to end. The log gets at most `limit` bytes.
    ///
    /// # Errors
    /// If another sensor stays, or the disk fails. Damage is no error.
    pub async fn open(path: &Path, limit: u64, patience: Duration) -> Result<State, StateError> {
        let lock = lock(path, patience).await?;
        tokio::task::block_in_place(|| State::read(path, limit, lock))
    }

    fn read(path: &Path, limit: u64, lock: File) -> Result<State, StateError> {
        let (log, book) = (path.join("wal"), path.join("ledger"));
        own_directory(&log)?;
        own_directory(&book)?;
        let seed: [u8; 40] = random().map_err(failed(path))?;
        let (id, seed) = seed.split_first_chunk().expect("40 bytes are 8 and 32");
        let seed = seed.try_into().expect("40 bytes are 8 and 32");
        let limits = Limits { total: limit, segment: limit / SEGMENTS };
        let (wal, recovery) = Wal::open(Directory::new(log), limits, u64::from_le_bytes(*id))?;
        let (ledger, found) = Ledger::open(&Folder::new(book), seed, crate::clock::now())?;
        Ok(State { wal, ledger, recovery, found, lock })
    }
}

async fn lock(path: &Path, patience: Duration) -> Result<File, StateError> {
    own_directory(path)?;
    let name = path.join("lock");
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&name).map_err(failed(&name))?;
    let since = tokio::time::Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(cause)) => return Err(failed(&name)(cause)),
            Err(TryLockError::WouldBlock) if since.elapsed() > patience => {
                return Err(StateError::InUse { path: path.to_owned(), patience });
            }
            Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
        }
    }
}

fn own_directory(path: &Path) -> Result<(), StateError> {
    let make = || {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)?;
        #[cfg(unix)]
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        Ok(())
    };
    make().map_err(failed(path))
}

fn failed(path: &Path) -> impl Fn(io::Error) -> StateError {
    let path = path.to_owned();
    move |cause| StateError::Io { path: path.clone(), cause }
}

/// From the operating system.
#[cfg(unix)]
fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// From the randomness with which the operating system protects hash tables.
#[cfg(not(unix))]
fn random<const N: usize>() -> io::Result<[u8; N]> {
    use std::hash::{BuildHasher, RandomState};
    let mut bytes = [0; N];
    for chunk in bytes.chunks_mut(8) {
        let word = RandomState::new().hash_one(crate::clock::now()).to_le_bytes();
        chunk.copy_from_slice(&word[..chunk.len()]);
    }
    Ok(bytes)
}
