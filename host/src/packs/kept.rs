//! The releases that were in force last, in the agent's data directory: of each pack the one that is,
//! and the one before. They lie there to go back to, and are believed no more than any other parcel.

use std::io;
use std::path::{Path, PathBuf};

use daemoneye_pack_format::{PackError, PackId, Parcel};

use super::write;
use crate::private;

/// The folder, and what its files are called.
pub(super) struct Kept {
    folder: PathBuf,
}

impl Kept {
    /// Nothing is read or written yet.
    pub(super) fn new(folder: PathBuf) -> Self {
        Kept { folder }
    }

    /// A release is in force. What was in force before it is kept as that, unless `stays`: then what
    /// was kept before it is.
    ///
    /// # Errors
    /// If the disk refuses. What was kept is there, then.
    pub(super) fn keep(&self, id: &PackId, parcel: &Parcel, stays: bool) -> io::Result<()> {
        if !self.folder.exists() {
            private::create_directory(&self.folder)?;
        }
        let (now, before) = (self.now(id), self.before(id));
        let last = Parcel::open(&now).ok();
        let is_another = last.is_some_and(|last| last.release() != parcel.release());
        if is_another && !stays {
            std::fs::rename(&now, before)?;
        }
        let bytes = parcel.to_bytes();
        if std::fs::read(&now).is_ok_and(|known| known == bytes) {
            return Ok(());
        }
        write(&now, &bytes)
    }

    /// What was in force before what is; nothing if nothing was.
    ///
    /// # Errors
    /// If it is damaged.
    pub(super) fn last(&self, id: &PackId) -> Result<Option<Parcel>, PackError> {
        let place = self.before(id);
        if place.exists() { Parcel::open(&place).map(Some) } else { Ok(None) }
    }

    /// Where the releases are, for what is said about them.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn now(&self, id: &PackId) -> PathBuf {
        self.folder.join(format!("{id}.pack"))
    }

    fn before(&self, id: &PackId) -> PathBuf {
        self.folder.join(format!("{id}.before.pack"))
    }
}
