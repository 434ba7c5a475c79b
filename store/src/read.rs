//! Segments, alerts, sources and counts. Every read sees the store as one commit left it.

use std::ops::{Bound, RangeBounds};

use daemoneye_bus::alert::{Alert, Severity};
use daemoneye_bus::event::Batch;
use redb::{
    Key, ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    StorageError, TableDefinition, TableError, Value,
};

use crate::access::AccessError;
use crate::segment::{self, SegmentError, SegmentHeader};
use crate::tables::{
    ALERTS, META, META_BYTES, META_CREATED, META_EVENTS, META_JUDGED, SEGMENTS, SOURCES,
};
use crate::{SegmentId, Store};

/// Why something cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The storage.
    #[error("{0}")]
    Storage(#[source] AccessError),
    /// One segment; the others are readable.
    #[error("segment {}: {cause}", .id.0)]
    Segment {
        /// Which.
        id: SegmentId,
        /// What is wrong with it.
        cause: SegmentError,
    },
    /// One alert; those above it are readable.
    #[error("alert {number}: {cause}")]
    Alert {
        /// Which.
        number: u64,
        /// What is wrong with it.
        cause: serde_json::Error,
    },
    /// A sink is owed an alert that is not there.
    #[error("alert {0}: is not in the store")]
    NoAlert(u64),
    /// One act or exception; the others are readable.
    #[error("{what} {number}: {cause}")]
    Row {
        /// What it is.
        what: &'static str,
        /// Which.
        number: u64,
        /// What is wrong with it.
        cause: serde_json::Error,
    },
}

impl From<TableError> for ReadError {
    fn from(error: TableError) -> Self {
        ReadError::Storage(AccessError::Database(error.into()))
    }
}

impl From<StorageError> for ReadError {
    fn from(error: StorageError) -> Self {
        ReadError::Storage(AccessError::Database(error.into()))
    }
}

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Segments.
    pub segments: u64,
    /// Events in them.
    pub events: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Alerts.
    pub alerts: u64,
}

/// What is known of one source of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its id.
    pub id: String,
    /// The number of its last batch.
    pub last: u64,
    /// Events that it says it has lost.
    pub lost: u64,
    /// Batches of it that never came.
    pub missing: u64,
}

/// Segments, one after the other. A damaged one is an error with its id, and the next one follows;
/// after an error of the storage there is no next one.
pub struct Segments {
    range: Option<redb::Range<'static, u64, &'static [u8]>>,
    newest_first: bool,
}

impl Iterator for Segments {
    type Item = Result<(SegmentId, SegmentHeader, Batch), ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let range = self.range.as_mut()?;
        match if self.newest_first { range.next_back() } else { range.next() }? {
            Ok((id, bytes)) => {
                let id = SegmentId(id.value());
                let decoded = decode(id, bytes.value());
                Some(decoded.map(|(header, batch)| (id, header, batch)))
            }
            Err(error) => {
                self.range = None;
                Some(Err(error.into()))
            }
        }
    }
}

fn decode(id: SegmentId, bytes: &[u8]) -> Result<(SegmentHeader, Batch), ReadError> {
    segment::decode(bytes, |_| true).map_err(|cause| ReadError::Segment { id, cause })
}

impl Store {
    /// The segments with these ids.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn segments(
        &self,
        ids: impl RangeBounds<SegmentId>,
        newest_first: bool,
    ) -> Result<Segments, ReadError> {
        let number = |bound: Bound<&SegmentId>| bound.map(|SegmentId(number)| *number);
        let range = (number(ids.start_bound()), number(ids.end_bound()));
        let range = self.begin()?.open_table(SEGMENTS)?.range(range)?;
        Ok(Segments { range: Some(range), newest_first })
    }

    /// One segment, if there is one with this id.
    ///
    /// # Errors
    /// If it is damaged, or the storage fails.
    pub fn segment(&self, id: SegmentId) -> Result<Option<(SegmentHeader, Batch)>, ReadError> {
        let bytes = self.begin()?.open_table(SEGMENTS)?.get(id.0)?;
        bytes.map(|bytes| decode(id, bytes.value())).transpose()
    }

    /// The segments that have not been judged, oldest first.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn unjudged(&self) -> Result<Segments, ReadError> {
        let judged = SegmentId(meta(&self.begin()?, META_JUDGED)?);
        self.segments((Bound::Excluded(judged), Bound::Unbounded), false)
    }

    /// The newest `limit` alerts with a number above `after` that are at least this severe, oldest
    /// first, with their numbers.
    ///
    /// # Errors
    /// If the storage fails, or an alert is damaged.
    pub fn alerts(
        &self,
        after: u64,
        at_least: Severity,
        limit: usize,
    ) -> Result<Vec<(u64, Alert)>, ReadError> {
        let table = self.begin()?.open_table(ALERTS)?;
        let mut alerts = Vec::new();
        for entry in table.range((Bound::Excluded(after), Bound::Unbounded))?.rev() {
            if alerts.len() >= limit {
                break;
            }
            let (number, json) = entry?;
            let number = number.value();
            let alert: Alert = serde_json::from_slice(json.value())
                .map_err(|cause| ReadError::Alert { number, cause })?;
            if alert.severity >= at_least {
                alerts.push((number, alert));
            }
        }
        alerts.reverse();
        Ok(alerts)
    }

    /// How much there is.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn counts(&self) -> Result<Counts, ReadError> {
        let read = self.begin()?;
        Ok(Counts {
            segments: length(&read, SEGMENTS)?,
            events: meta(&read, META_EVENTS)?,
            bytes: meta(&read, META_BYTES)?,
            alerts: length(&read, ALERTS)?,
        })
    }

    /// Every source that has ever published, by id.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn sources(&self) -> Result<Vec<Source>, ReadError> {
        let table = self.begin()?.open_table(SOURCES)?;
        let source = |entry: Result<(redb::AccessGuard<&str>, _), _>| {
            let (id, numbers): (_, redb::AccessGuard<(u64, u64, u64)>) = entry?;
            let (last, lost, missing) = numbers.value();
            Ok(Source { id: id.value().to_owned(), last, lost, missing })
        };
        table.iter()?.map(source).collect()
    }

    /// When the store was created, microseconds since the Unix epoch.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn created(&self) -> Result<u64, ReadError> {
        meta(&self.begin()?, META_CREATED)
    }

    pub(crate) fn begin(&self) -> Result<ReadTransaction, ReadError> {
        let read = self.access.with(|database| Ok(database.begin_read()?));
        read.map_err(ReadError::Storage)
    }
}

fn meta(read: &ReadTransaction, name: &str) -> Result<u64, ReadError> {
    let table: ReadOnlyTable<&str, u64> = read.open_table(META)?;
    Ok(table.get(name)?.map_or(0, |number| number.value()))
}

fn length<K: Key + 'static, V: Value + 'static>(
    read: &ReadTransaction,
    table: TableDefinition<K, V>,
) -> Result<u64, ReadError> {
    Ok(read.open_table(table)?.len()?)
}
