//! One database, opened again after an error of its storage.
//!
//! After one failed read or write the database answers everything with "previous error" until it
//! is opened again, which also rolls back what was half written. Whoever comes next does that, so
//! that a full disk with room again needs no new agent.

use std::fmt;
use std::sync::{PoisonError, RwLock};

use redb::Database;

use crate::open::OpenError;

type Open = Box<dyn Fn() -> Result<Database, OpenError> + Send + Sync>;

/// Why the database could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// The database.
    #[error("{0}")]
    Database(#[from] redb::Error),
    /// It was closed after an error of its storage, and cannot be opened again.
    #[error("closed after a storage error, cannot be opened again: {0}")]
    Closed(#[source] OpenError),
}

/// A database and the way to open it.
pub(crate) struct Access {
    open: Open,
    current: RwLock<Current>,
}

struct Current {
    /// How often it was opened again.
    generation: u64,
    /// Nothing while it cannot be opened. Invariant: never a stand-in, which would acknowledge
    /// what is not on disk.
    database: Option<Database>,
}

impl Access {
    pub(crate) fn new(open: Open) -> Result<Self, OpenError> {
        let database = Some(open()?);
        Ok(Access { open, current: RwLock::new(Current { generation: 0, database }) })
    }

    /// Does the work; if the database is closed because of an earlier error, opens it first.
    pub(crate) fn with<T>(
        &self,
        work: impl Fn(&Database) -> Result<T, redb::Error>,
    ) -> Result<T, AccessError> {
        match self.attempt(&work) {
            (generation, Err(redb::Error::PreviousIo)) => {
                self.open_again(generation)?;
                Ok(self.attempt(&work).1?)
            }
            (_, result) => Ok(result?),
        }
    }

    fn attempt<T>(
        &self,
        work: impl Fn(&Database) -> Result<T, redb::Error>,
    ) -> (u64, Result<T, redb::Error>) {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let result = current.database.as_ref().map_or(Err(redb::Error::PreviousIo), work);
        (current.generation, result)
    }

    /// Does nothing if somebody else has opened it since.
    fn open_again(&self, failed: u64) -> Result<(), AccessError> {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.generation == failed {
            // The lock on the file is free only when the old database is gone.
            drop(current.database.take());
            current.database = Some((self.open)().map_err(AccessError::Closed)?);
            current.generation += 1;
        }
        Ok(())
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").finish_non_exhaustive()
    }
}
