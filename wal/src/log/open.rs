//! What a log knows after a restart, out of whatever is left on disk.

use std::collections::BTreeMap;
use std::io;

use super::{Extent, Limits, Wal};
use crate::record::{Kind, Piece, Pieces};
use crate::segment::{SEGMENT_BYTES, Start};
use crate::storage::Storage;

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A segment cannot be read, or a new one cannot be begun.
    #[error("log: {0}")]
    Storage(#[from] io::Error),
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovery {
    /// Records that wait to be acknowledged.
    pub waiting: u64,
    /// Records that waited and are gone: damaged.
    pub missing: u64,
    /// Bytes that are no record, with whole ones behind them.
    pub damaged: u64,
    /// Bytes at the end that are no record; they are cut.
    pub torn: u64,
}

/// What is known so far.
struct Scan {
    start: Start,
    segments: BTreeMap<u64, Extent>,
    recovery: Recovery,
    /// Sequences that are there: the first and the last of each run, ascending.
    whole: Vec<(u64, u64)>,
    /// Whether the log may have had records behind the last one that is there.
    is_end_lost: bool,
}

impl<S: Storage> Wal<S> {
    /// Reads what there is; a new log gets this number. A new segment is begun.
    ///
    /// # Errors
    /// If the storage fails. Damage is no error: see [`Recovery`].
    pub fn open(mut storage: S, limits: Limits, id: u64) -> Result<(Self, Recovery), OpenError> {
        let start = Start { id, next: 1, acknowledged: 0, mark: 0, base: 0 };
        let recovery = Recovery::default();
        let (segments, whole) = (BTreeMap::new(), Vec::new());
        let mut scan = Scan { start, segments, recovery, whole, is_end_lost: false };
        let numbers = storage.segments()?;
        for number in &numbers {
            let bytes = storage.read(*number, 0, usize::MAX)?;
            let end = scan.segment(*number, &bytes);
            let rest = (bytes.len() - end) as u64;
            if Some(number) != numbers.last() {
                scan.recovery.damaged += rest;
            } else if rest > 0 {
                scan.tear(*number, end, rest);
                storage.cut(*number, end as u64)?;
            }
            // What a crash left may not be durable yet, and is about to be told to others.
            storage.sync(*number)?;
        }
        let recovery = scan.finish();
        let Scan { start, segments, .. } = scan;
        let mut wal = Wal { storage, limits, segments, start, is_sealed: true };
        wal.begin_segment()?;
        wal.release()?;
        Ok((wal, recovery))
    }
}

impl Scan {
    /// Takes in a segment; returns where its last whole record ends.
    fn segment(&mut self, number: u64, bytes: &[u8]) -> usize {
        let header = Start::decode(number, bytes);
        match header {
            Some(start) => self.begin(start),
            // Nothing was ever written behind a header that is not whole.
            None if bytes.len() <= SEGMENT_BYTES => {
                self.note(number, 0);
                return bytes.len();
            }
            None => {
                self.recovery.damaged += SEGMENT_BYTES as u64;
                self.is_end_lost = true;
            }
        }
        self.note(number, bytes.len());
        let mut end = SEGMENT_BYTES;
        for piece in Pieces::new(number, bytes, SEGMENT_BYTES) {
            match piece {
                Piece::Record { header, payload } => {
                    self.record(header.kind, header.sequence, header.mark);
                    end = payload.end;
                }
                Piece::Damage(damage) if damage.end < bytes.len() => {
                    self.recovery.damaged += damage.len() as u64;
                }
                Piece::Damage(_) => {}
            }
        }
        end
    }

    fn note(&mut self, number: u64, bytes: usize) {
        let extent = Extent { bytes: bytes as u64, first: self.start.next };
        self.segments.insert(number, extent);
    }

    /// What comes after this last whole record is none.
    fn tear(&mut self, number: u64, end: usize, rest: u64) {
        self.recovery.torn = rest;
        self.is_end_lost = true;
        if let Some(extent) = self.segments.get_mut(&number) {
            extent.bytes = end as u64;
        }
    }

    /// What was committed after this segment was begun is in it or in a later one.
    fn begin(&mut self, start: Start) {
        self.whole.retain(|(first, _)| *first < start.next);
        if let Some((_, last)) = self.whole.last_mut() {
            *last = (*last).min(start.next - 1);
        }
        // A segment before this one may have lost its header, and seemed to begin later.
        self.segments.values_mut().for_each(|extent| extent.first = extent.first.min(start.next));
        self.is_end_lost = false;
        let acknowledged = self.start.acknowledged.max(start.acknowledged);
        self.start = Start { acknowledged, ..start };
    }

    fn record(&mut self, kind: Kind, sequence: u64, mark: u64) {
        match kind {
            Kind::Data if sequence >= self.start.next => {
                self.start.next = sequence + 1;
                self.start.mark = mark;
                match self.whole.last_mut() {
                    Some((_, last)) if *last + 1 == sequence => *last = sequence,
                    _ => self.whole.push((sequence, sequence)),
                }
            }
            Kind::Data => {}
            Kind::Acknowledgement => {
                self.start.acknowledged = self.start.acknowledged.max(sequence);
            }
        }
    }

    fn finish(&mut self) -> Recovery {
        // An acknowledgement outlives what it is about only in a log that lost its end.
        self.start.next = self.start.next.max(self.start.acknowledged + 1);
        if self.is_end_lost {
            self.start.base = self.start.next - 1;
        }
        let waiting = self.whole.iter().map(|(first, last)| {
            (last + 1).saturating_sub(self.start.acknowledged.saturating_add(1).max(*first))
        });
        self.recovery.waiting = waiting.sum();
        let expected = self.start.next - 1 - self.start.acknowledged;
        self.recovery.missing = expected.saturating_sub(self.recovery.waiting);
        self.recovery
    }
}
