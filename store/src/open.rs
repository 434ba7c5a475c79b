//! A file becomes a store, or the reason why not.

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use redb::{
    Builder, Database, DatabaseError, ReadableDatabase, ReadableTable, StorageBackend, TableError,
    WriteTransaction,
};

use crate::access::Access;
use crate::tables::{
    ACTS, ALERT_ACTS, ALERT_IDS, ALERTS, DEAD_LETTERS, DELIVERED, DIGESTS, DISABLED, EXCEPTED,
    EXCEPTIONS, HANDLED, HITS, META, META_BYTES, META_CREATED, META_SCHEMA, OUTBOX, REPEATS,
    SCHEMA, SCHEMA_WITHOUT_DIGESTS, SCHEMA_WITHOUT_OUTBOX, SEGMENTS, SINKS, SOURCES, SPANS,
};
use crate::{Store, segment};

/// Memory for pages that were read or are about to be written, bytes.
const CACHE_BYTES: usize = 32 << 20;

/// Why there is no store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another agent has it.
    #[error("store {0:?}: another agent has it open")]
    InUse(PathBuf),
    /// It was written by a newer program.
    #[error("store {path:?}: schema {found}, this program knows up to {known}")]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u64,
        /// Ours.
        known: u64,
    },
    /// It is no store, or damaged beyond repair.
    #[error("store {path:?}: damaged: {cause}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// The operating system.
    #[error("store {path:?}: {cause}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
}

impl Store {
    /// Opens or creates the file, with mode 0600; directories that are missing are created with
    /// mode 0700. A store whose writer was killed is repaired.
    ///
    /// # Errors
    /// If another process has it, it is of a newer schema or damaged, or it cannot be read.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let path = path.to_owned();
        Ok(Store::new(Access::new(Box::new(move || open_file(&path)))?))
    }

    /// A store somewhere else than in a file, for tests of what storage can do wrong. A clone of
    /// the backend is the same storage, opened again.
    ///
    /// # Errors
    /// If the backend fails.
    pub fn with_backend(backend: impl StorageBackend + Clone) -> Result<Self, OpenError> {
        let path = Path::new("(backend)");
        let open = move || prepared(path, builder().create_with_backend(backend.clone()));
        Ok(Store::new(Access::new(Box::new(open))?))
    }
}

fn builder() -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

fn open_file(path: &Path) -> Result<Database, OpenError> {
    let io = |cause| OpenError::Io { path: path.to_owned(), cause };
    if let Some(directory) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(io)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(path).map_err(io)?;
    file.set_permissions(Permissions::from_mode(0o600)).map_err(io)?;
    prepared(path, builder().create_file(file))
}

/// Checks the schema; creates what a new store or one of an older schema needs.
fn prepared(path: &Path, opened: Result<Database, DatabaseError>) -> Result<Database, OpenError> {
    let failed = |error: redb::Error| failed(path, error);
    let database = opened.map_err(|error| failed(error.into()))?;
    match schema(&database).map_err(failed)? {
        Some(SCHEMA) => {}
        Some(found) if found > SCHEMA => {
            return Err(OpenError::NewerSchema { path: path.to_owned(), found, known: SCHEMA });
        }
        Some(found @ SCHEMA_WITHOUT_OUTBOX..SCHEMA) => {
            upgrade(&database, found).map_err(failed)?;
        }
        Some(found) => {
            let cause = format!("schema {found} never existed");
            return Err(OpenError::Damaged { path: path.to_owned(), cause });
        }
        None => create(&database).map_err(failed)?,
    }
    Ok(database)
}

fn failed(path: &Path, error: redb::Error) -> OpenError {
    let path = path.to_owned();
    match error {
        redb::Error::DatabaseAlreadyOpen => OpenError::InUse(path),
        redb::Error::Io(cause) if !is_damage(&cause) => OpenError::Io { path, cause },
        other => OpenError::Damaged { path, cause: other.to_string() },
    }
}

/// How a file that is no database, or only a part of one, shows itself.
fn is_damage(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}

fn schema(database: &Database) -> Result<Option<u64>, redb::Error> {
    let read = database.begin_read()?;
    let meta = match read.open_table(META) {
        Ok(meta) => meta,
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    Ok(meta.get(META_SCHEMA)?.map(|schema| schema.value()))
}

fn create(database: &Database) -> Result<(), redb::Error> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
    let write = database.begin_write()?;
    {
        let mut meta = write.open_table(META)?;
        meta.insert(META_SCHEMA, SCHEMA)?;
        meta.insert(META_CREATED, u64::try_from(now).unwrap_or(u64::MAX))?;
    }
    write.open_table(SEGMENTS)?;
    write.open_table(SPANS)?;
    write.open_table(DIGESTS)?;
    write.open_table(SOURCES)?;
    write.open_table(ALERTS)?;
    write.open_table(ALERT_IDS)?;
    create_outbox(&write)?;
    create_handling(&write)?;
    Ok(write.commit()?)
}

/// Nobody is owed what was recorded before there was an outbox, every alert from before there was
/// handling is open, and no segment from before there were digests has one.
fn upgrade(database: &Database, found: u64) -> Result<(), redb::Error> {
    let write = database.begin_write()?;
    if found == SCHEMA_WITHOUT_OUTBOX {
        create_outbox(&write)?;
    }
    write.open_table(DIGESTS)?;
    if found < SCHEMA_WITHOUT_DIGESTS {
        create_handling(&write)?;
        let bytes = span(&write)?;
        write.open_table(META)?.insert(META_BYTES, bytes)?;
    }
    write.open_table(META)?.insert(META_SCHEMA, SCHEMA)?;
    Ok(write.commit()?)
}

fn create_handling(write: &WriteTransaction) -> Result<(), redb::Error> {
    write.open_table(DELIVERED)?;
    write.open_table(HANDLED)?;
    write.open_table(REPEATS)?;
    write.open_table(ACTS)?;
    write.open_table(ALERT_ACTS)?;
    write.open_table(EXCEPTIONS)?;
    write.open_table(HITS)?;
    write.open_table(EXCEPTED)?;
    write.open_table(DISABLED)?;
    Ok(())
}

/// Gives each segment its span, and returns the bytes of all. One that is damaged may be of any
/// time. What was lost before it is not known any more.
fn span(write: &WriteTransaction) -> Result<u64, redb::Error> {
    let mut spans = write.open_table(SPANS)?;
    let mut sum = 0;
    for segment in write.open_table(SEGMENTS)?.iter()? {
        let (id, bytes) = segment?;
        let span = match segment::header(bytes.value()) {
            Ok(found) => (found.rows, found.first_time, found.last_time, 0, 0),
            Err(_) => (0, i64::MIN, i64::MAX, 0, 0),
        };
        spans.insert(id.value(), span)?;
        sum += bytes.value().len() as u64;
    }
    Ok(sum)
}

fn create_outbox(write: &WriteTransaction) -> Result<(), redb::Error> {
    write.open_table(OUTBOX)?;
    write.open_table(DEAD_LETTERS)?;
    write.open_table(SINKS)?;
    Ok(())
}
