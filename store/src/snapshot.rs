//! The segments at one moment: what each spans, and those of their columns that somebody wants.

use daemoneye_bus::event::{Batch, Field};
use redb::{ReadOnlyTable, ReadableTable};

use crate::read::ReadError;
use crate::tables::{SEGMENTS, SPANS};
use crate::{SegmentId, Store, segment};

/// The segments that there were at one moment, to be read by many threads.
pub struct Snapshot {
    segments: ReadOnlyTable<u64, &'static [u8]>,
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
        Ok(Snapshot { segments: read.open_table(SEGMENTS)?, spans })
    }
}

impl Snapshot {
    /// Every segment, oldest first.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The columns of these fields. A segment from before columns were apart has them all.
    ///
    /// # Errors
    /// If the segment is damaged, or the storage fails.
    pub fn read(&self, id: SegmentId, fields: &[Field]) -> Result<Option<Batch>, ReadError> {
        let Some(bytes) = self.segments.get(id.0)? else { return Ok(None) };
        let decoded = segment::decode(bytes.value(), |field| fields.contains(&field));
        let (_, batch) = decoded.map_err(|cause| ReadError::Segment { id, cause })?;
        Ok(Some(batch))
    }
}
