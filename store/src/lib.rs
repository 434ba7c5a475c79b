//! Everything that is kept: events as columnar segments, alerts, and how far their judgement is.
//!
//! ```text
//! tables    every table, and the version of the schema
//! segment   a batch as bytes: header, checksum, compressed columns
//! open      a file becomes a store, or the reason why not
//! access    one database, opened again after an error of its storage
//! commit    one durable transaction for everything that waits
//! read      segments, alerts, sources, counts
//! ```
//!
//! The format is documented in `docs/store-format.md`.
//! Invariant: what `commit` returned for is on disk, whole; what it did not return for is there
//! whole or not at all.

mod access;
mod commit;
mod open;
mod read;
mod segment;
mod tables;

pub use access::AccessError;
pub use commit::{Commit, CommitError, Committed, Gap};
pub use open::OpenError;
pub use read::{Counts, ReadError, Segments, Source};
pub use segment::{SegmentError, SegmentHeader};
pub use tables::SCHEMA;

/// Names a segment. Later segments have greater ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SegmentId(pub u64);

/// An open store, to be shared by `Arc`. Readers and the one writer do not wait for each other.
#[derive(Debug)]
pub struct Store {
    access: access::Access,
}
