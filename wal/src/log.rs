//! A log over a storage: commit, read, acknowledge, release.

mod open;
mod read;

use std::collections::BTreeMap;
use std::io;

use crate::record::{self, Kind, MAX_PAYLOAD, RECORD_BYTES};
use crate::segment::{SEGMENT_BYTES, Start};
use crate::storage::Storage;

pub use open::{OpenError, Recovery};
pub use read::{Cursor, Entry};

/// How much a log may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// All segments together, bytes.
    pub total: u64,
    /// After how many bytes a new segment is begun. A commit is never divided.
    pub segment: u64,
}

/// Why a commit has no record in the log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// A payload over the cap.
    #[error("record of {0} bytes, more than {MAX_PAYLOAD}")]
    TooLong(usize),
    /// The log would be larger than it may be.
    #[error("log of {used} bytes with {wanted} more over its limit of {limit}")]
    Full {
        /// What there is, bytes.
        used: u64,
        /// What was to be added, bytes.
        wanted: u64,
        /// What there may be, bytes.
        limit: u64,
    },
    /// The storage is full or fails.
    #[error("log: {0}")]
    Storage(#[source] io::Error),
}

/// What is known of a segment.
#[derive(Debug, Clone, Copy)]
struct Extent {
    /// Its committed bytes. What follows them is void.
    bytes: u64,
    /// The sequence of its first record.
    first: u64,
}

/// A write-ahead log.
#[derive(Debug)]
pub struct Wal<S> {
    storage: S,
    limits: Limits,
    segments: BTreeMap<u64, Extent>,
    /// The log's own number, the next sequence, and so on, as the next segment would begin.
    start: Start,
    /// Whether nothing may be written to the newest segment any more.
    is_sealed: bool,
}

impl<S: Storage> Wal<S> {
    /// Writes records, each a mark of the caller's and a payload, and returns when they are on disk:
    /// one flush for all of them. Their sequences count up from [`next`](Wal::next).
    ///
    /// # Errors
    /// If they are too long, the log is full, or the storage fails. Then the log is as before.
    pub fn commit(&mut self, records: &[(u64, Vec<u8>)]) -> Result<(), CommitError> {
        let Some((mark, _)) = records.last() else { return Ok(()) };
        if let Some((_, long)) = records.iter().find(|(_, payload)| payload.len() > MAX_PAYLOAD) {
            return Err(CommitError::TooLong(long.len()));
        }
        let wanted = records.iter().map(|(_, payload)| (RECORD_BYTES + payload.len()) as u64);
        let segment = self.prepare(wanted.sum())?;
        let bytes = self.encode(segment, records);
        let flush = self.storage.append(segment, &bytes).and_then(|()| self.storage.sync(segment));
        if let Err(cause) = flush {
            self.give_up(segment);
            return Err(CommitError::Storage(cause));
        }
        self.newest().bytes += bytes.len() as u64;
        self.start.next += records.len() as u64;
        self.start.mark = *mark;
        Ok(())
    }

    fn encode(&self, segment: u64, records: &[(u64, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (sequence, (mark, payload)) in (self.start.next..).zip(records) {
            record::encode(segment, Kind::Data, (sequence, *mark), payload, &mut bytes);
        }
        bytes
    }

    /// The segment that so many bytes go to.
    fn prepare(&mut self, wanted: u64) -> Result<u64, CommitError> {
        let (used, limit) = (self.used(), self.limits.total);
        if used + wanted > limit {
            return Err(CommitError::Full { used, wanted, limit });
        }
        let newest = *self.newest();
        let is_empty = newest.bytes <= SEGMENT_BYTES as u64;
        if self.is_sealed || (!is_empty && newest.bytes + wanted > self.limits.segment) {
            self.begin_segment().map_err(CommitError::Storage)?;
        }
        Ok(self.newest_number())
    }

    fn begin_segment(&mut self) -> io::Result<()> {
        let number = self.segments.last_key_value().map_or(1, |(last, _)| last + 1);
        if let Err(cause) = self.storage.create(number, &self.start.encode(number)) {
            // What is left of it would stand in the way of the next try.
            if let Err(left) = self.storage.remove(number)
                && left.kind() != io::ErrorKind::NotFound
            {
                self.segments.insert(number, Extent { bytes: 0, first: self.start.next });
                self.is_sealed = true;
            }
            return Err(cause);
        }
        let extent = Extent { bytes: SEGMENT_BYTES as u64, first: self.start.next };
        self.segments.insert(number, extent);
        self.is_sealed = false;
        Ok(())
    }

    /// After a failed flush nobody knows what the file has: it gets no more records. If it cannot
    /// even be cut, the header of the next segment makes void what it has too many.
    fn give_up(&mut self, segment: u64) {
        self.is_sealed = true;
        let bytes = self.newest().bytes;
        let _void_either_way = self.storage.cut(segment, bytes);
    }

    /// Everything up to and with this sequence has been taken and is never read again. The word is
    /// written at once and is durable with the next commit or [`sync`](Wal::sync).
    ///
    /// # Errors
    /// If it cannot be written: then a crash may forget it.
    pub fn acknowledge(&mut self, sequence: u64) -> io::Result<()> {
        if sequence <= self.start.acknowledged {
            return Ok(());
        }
        self.start.acknowledged = sequence.min(self.start.next - 1);
        if self.is_sealed {
            // Its header says it.
            return self.begin_segment();
        }
        let (segment, mut bytes) = (self.newest_number(), Vec::new());
        let what = (self.start.acknowledged, self.start.mark);
        record::encode(segment, Kind::Acknowledgement, what, &[], &mut bytes);
        match self.storage.append(segment, &bytes) {
            Ok(()) => self.newest().bytes += bytes.len() as u64,
            Err(cause) => {
                self.give_up(segment);
                return Err(cause);
            }
        }
        Ok(())
    }

    /// Makes durable what was acknowledged.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn sync(&mut self) -> io::Result<()> {
        let segment = self.newest_number();
        if self.is_sealed { Ok(()) } else { self.storage.sync(segment) }
    }

    /// Removes the segments of which everything is acknowledged; returns how many bytes that frees.
    ///
    /// # Errors
    /// If the storage fails. The others are removed by the next call.
    pub fn release(&mut self) -> io::Result<u64> {
        let before = self.used();
        while let Some((number, _)) = self.segments.first_key_value() {
            let number = *number;
            let following = self.segments.range(number + 1..).next();
            if following.is_none_or(|(_, next)| next.first > self.start.acknowledged + 1) {
                break;
            }
            self.storage.remove(number)?;
            self.segments.remove(&number);
        }
        Ok(before - self.used())
    }

    /// The log's own number, which never changes.
    pub fn id(&self) -> u64 {
        self.start.id
    }

    /// The sequence of the next record.
    pub fn next(&self) -> u64 {
        self.start.next
    }

    /// The mark of the last record, also after it has been released; 0 in a new log.
    pub fn mark(&self) -> u64 {
        self.start.mark
    }

    /// The sequence after which numbers that were told to others may not be counted on: after a
    /// damaged end nobody knows whether the records there had been told of. 0 if that never was.
    pub fn base(&self) -> u64 {
        self.start.base
    }

    /// Everything up to and with this sequence is acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.start.acknowledged
    }

    /// Bytes of all segments.
    pub fn used(&self) -> u64 {
        self.segments.values().map(|extent| extent.bytes).sum()
    }

    /// What all segments may have, bytes.
    pub fn limit(&self) -> u64 {
        self.limits.total
    }

    fn newest_number(&self) -> u64 {
        *self.segments.last_key_value().expect("a log has a segment").0
    }

    fn newest(&mut self) -> &mut Extent {
        self.segments.last_entry().expect("a log has a segment").into_mut()
    }
}
