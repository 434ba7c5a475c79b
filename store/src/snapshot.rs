//! The segments at one moment: what each spans, and those of their columns that somebody wants.

use daemoneye_bus::event::{Batch, Field};
use redb::{AccessGuard, ReadOnlyTable, ReadableTable};

use crate::read::ReadError;
use crate::segment::SegmentHeader;
use crate::tables::{DIGESTS, SEGMENTS, SPANS};
use crate::{Digest, SegmentId, Store, segment};

/// The segments that there were at one moment, to be read by many threads.
pub struct Snapshot {
    segments: ReadOnlyTable<u64, &'static [u8]>,
    digests: ReadOnlyTable<u64, &'static [u8]>,
    spans: Vec<Span>,
}

/// What can be known of a segment without its events. Times are microseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Which.
    pub id: SegmentId,
    /// Events.
    pub rows: u32,
    /// The time of the earliest event; 0 if none has a time.
    pub first_time: i64,
    /// The time of the latest event.
    pub last_time: i64,
    /// Events that its source says it lost right before.
    pub lost: u64,
    /// Batches of its source that should have come right before.
    pub missing: u64,
}

impl Store {
    /// The segments that there are now.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn snapshot(&self) -> Result<Snapshot, ReadError> {
        let read = self.begin()?;
        let mut spans = Vec::new();
        for entry in read.open_table(SPANS)?.iter()? {
            let (id, span) = entry?;
            let (rows, first_time, last_time, lost, missing) = span.value();
            let id = SegmentId(id.value());
            spans.push(Span { id, rows, first_time, last_time, lost, missing });
        }
        let (segments, digests) = (read.open_table(SEGMENTS)?, read.open_table(DIGESTS)?);
        Ok(Snapshot { segments, digests, spans })
    }
}

impl Snapshot {
    /// Every segment, oldest first.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// What the columns of a segment have, if that is known.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn digest(&self, id: SegmentId) -> Result<Option<Digest>, ReadError> {
        let bytes = self.digests.get(id.0)?;
        Ok(bytes.and_then(|bytes| Digest::decode(bytes.value())))
    }

    /// A segment, if there is one with this id; its columns are read when somebody asks for them.
    ///
    /// # Errors
    /// If the segment is damaged, or the storage fails.
    pub fn open(&self, id: SegmentId) -> Result<Option<Segment>, ReadError> {
        let Some(bytes) = self.segments.get(id.0)? else { return Ok(None) };
        let header = segment::header(bytes.value());
        let header = header.map_err(|cause| ReadError::Segment { id, cause })?;
        Ok(Some(Segment { id, header, bytes }))
    }

    /// The columns of these fields. A segment from before columns were apart has them all.
    ///
    /// # Errors
    /// If the segment is damaged, or the storage fails.
    pub fn read(&self, id: SegmentId, fields: &[Field]) -> Result<Option<Batch>, ReadError> {
        self.open(id)?.map(|segment| segment.read(fields)).transpose()
    }
}

/// A segment whose bytes are those that were written.
pub struct Segment {
    id: SegmentId,
    header: SegmentHeader,
    bytes: AccessGuard<'static, &'static [u8]>,
}

impl Segment {
    /// The columns of these fields. A segment from before columns were apart has them all.
    ///
    /// # Errors
    /// If they make no batch.
    pub fn read(&self, fields: &[Field]) -> Result<Batch, ReadError> {
        let wanted = |field| fields.contains(&field);
        let decoded = segment::decode_checked(self.bytes.value(), self.header, wanted);
        decoded.map_err(|cause| ReadError::Segment { id: self.id, cause })
    }
}
