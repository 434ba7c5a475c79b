//! A write-ahead log: what is committed survives a crash until it is acknowledged.
//!
//! ```text
//! record    how one record is written, and how the next whole one is found after damage
//! segment   how a file begins
//! storage   what a log needs of a disk
//! directory the disk: one file per segment
//! log       commit, read, acknowledge, release
//! ```
//!
//! The format is described in `docs/wal.md`.
//!
//! Invariant: a commit is on disk as a whole before it returns, or has no record in the log.
//! Invariant: a record is read back as it was written or not at all.
//! Invariant: sequences ascend over all lives of a log.

mod directory;
mod log;
mod record;
mod segment;
mod storage;

pub use directory::Directory;
pub use log::{CommitError, Cursor, Entry, Limits, OpenError, Recovery, Wal};
pub use record::{MAX_PAYLOAD, RECORD_BYTES};
pub use segment::SEGMENT_BYTES;
pub use storage::Storage;
