//! Everything that is kept: events as columnar segments, alerts, how far their judgement is, and
//! what each sink is still owed.
//!
//! ```text
//! tables    every table, and the version of the schema
//! segment   a batch as bytes: header, checksum, compressed columns
//! digest    what its columns have, in few bytes
//! open      a file becomes a store, or the reason why not
//! access    one database, opened again after an error of its storage
//! commit    one durable transaction for everything that waits
//! outbox    what each sink is owed, and what became of it
//! handling  what operators did about alerts, exceptions and rules
//! around    what was observed around a moment
//! read      segments, alerts, sources, counts
//! snapshot  the segments at one moment, for many readers
//! retention what goes when it is too old or too much
//! ```
//!
//! The format is documented in `docs/store-format.md`.
//! Invariant: what `commit` returned for is on disk, whole; what it did not return for is there
//! whole or not at all.

use std::sync::atomic::{AtomicU64, Ordering};

mod access;
mod around;
mod commit;
mod digest;
mod handling;
mod open;
mod outbox;
mod read;
mod retention;
mod segment;
mod snapshot;
mod tables;

pub use access::AccessError;
pub use commit::{Commit, CommitError, Committed, Gap, NewAlert};
pub use digest::Digest;
pub use handling::{Change, Counted, Excepted, Fates, FindError, NewAct, Tally};
pub use open::OpenError;
pub use outbox::{DeadLetter, Fate, MAX_DEAD_LETTERS, Owed, Parcel, Settled, SinkAccount};
pub use read::{Counts, ReadError, Segments, Source};
pub use retention::{Keep, Pruned};
pub use segment::{SegmentError, SegmentHeader};
pub use snapshot::{Segment, Snapshot, Span};
pub use tables::SCHEMA;

/// Names a segment. Later segments have greater ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SegmentId(pub u64);

/// An open store, to be shared by `Arc`. Readers and the one writer do not wait for each other.
#[derive(Debug)]
pub struct Store {
    access: access::Access,
    commits: AtomicU64,
}

impl Store {
    fn new(access: access::Access) -> Self {
        Store { access, commits: AtomicU64::new(0) }
    }

    /// How many transactions this process has written.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}
