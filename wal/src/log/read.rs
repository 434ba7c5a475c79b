//! Reading what was committed, past what is damaged.

use std::io;

use super::{Extent, Wal};
use crate::record::{Header, Kind, Piece, Pieces, RECORD_BYTES};
use crate::segment::SEGMENT_BYTES;
use crate::storage::Storage;

/// A place in a log, between two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    segment: u64,
    offset: u64,
    after: u64,
}

impl Cursor {
    /// Before the first record with a higher sequence.
    pub fn after(sequence: u64) -> Self {
        Cursor { segment: 0, offset: 0, after: sequence }
    }
}

/// One record as it was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its sequence.
    pub sequence: u64,
    /// What the caller committed it with.
    pub mark: u64,
    /// What the caller committed.
    pub payload: Vec<u8>,
    /// How many records before it are gone: damaged.
    pub missing: u64,
}

impl<S: Storage> Wal<S> {
    /// The next record, or nothing if there is none yet.
    ///
    /// # Errors
    /// If the storage fails. What is damaged is no error: it is passed over and counted by the next
    /// record.
    pub fn read(&mut self, cursor: &mut Cursor) -> io::Result<Option<Entry>> {
        while let Some((segment, extent)) = self.locate(cursor) {
            let until = self.segments.range(segment + 1..).next().map(|(_, next)| next.first);
            let until = until.unwrap_or(self.start.next);
            let Some((header, payload)) = self.record(segment, extent, cursor)? else { continue };
            let is_of_segment = (extent.first..until).contains(&header.sequence);
            let is_wanted = header.sequence > cursor.after && is_of_segment;
            if header.kind == Kind::Data && is_wanted {
                let missing = header.sequence - cursor.after - 1;
                cursor.after = header.sequence;
                let Header { sequence, mark, .. } = header;
                return Ok(Some(Entry { sequence, mark, payload, missing }));
            }
        }
        Ok(None)
    }

    /// The segment to be read from, and the cursor in it.
    fn locate(&self, cursor: &mut Cursor) -> Option<(u64, Extent)> {
        let (number, extent) = self.segments.range(cursor.segment..).find(|(number, extent)| {
            let is_here = **number == cursor.segment;
            let from = if is_here { cursor.offset } else { SEGMENT_BYTES as u64 };
            from < extent.bytes
        })?;
        if *number != cursor.segment {
            (cursor.segment, cursor.offset) = (*number, SEGMENT_BYTES as u64);
        }
        Some((*number, *extent))
    }

    /// The record at the cursor, which moves behind it; behind damage if there is none.
    fn record(
        &mut self,
        segment: u64,
        extent: Extent,
        cursor: &mut Cursor,
    ) -> io::Result<Option<(Header, Vec<u8>)>> {
        let start = self.storage.read(segment, cursor.offset, RECORD_BYTES)?;
        if let Some(header) = Header::decode(&start) {
            let at = cursor.offset + RECORD_BYTES as u64;
            let payload = self.storage.read(segment, at, header.length)?;
            if header.fits(segment, &payload) {
                cursor.offset = at + header.length as u64;
                return Ok(Some((header, payload)));
            }
        }
        let length = usize::try_from(extent.bytes - cursor.offset).map_err(io::Error::other)?;
        let rest = self.storage.read(segment, cursor.offset, length)?;
        match Pieces::new(segment, &rest, 0).next() {
            // Whole when it is read for the second time.
            Some(Piece::Record { .. }) => {}
            Some(Piece::Damage(damage)) => cursor.offset += damage.end as u64,
            None => cursor.offset = extent.bytes,
        }
        Ok(None)
    }
}
