//! One durable transaction for everything that waits.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use daemoneye_bus::alert::Alert;
use daemoneye_bus::message::SourceBatch;
use redb::{Database, ReadableTable, StorageError, Table, WriteTransaction};

use crate::access::AccessError;
use crate::handling::{self, Excepted, NewAct, Tally};
use crate::outbox::{Outbox, Settled};
use crate::tables::{
    ALERT_IDS, ALERTS, DIGESTS, META, META_BYTES, META_EVENTS, META_JUDGED, SEGMENTS, SOURCES,
    SPANS,
};
use crate::{Digest, SegmentHeader, SegmentId, Store, segment};

/// What is to be written.
#[derive(Debug, Default)]
pub struct Commit {
    /// Events. A batch whose number is not above the last of its source is a repeat and is dropped.
    pub batches: Vec<SourceBatch>,
    /// Alerts. One whose id is known is not recorded again.
    pub alerts: Vec<NewAlert>,
    /// What became of what sinks were owed.
    pub settled: Vec<Settled>,
    /// Alerts that an exception covers: kept, and owed to nobody.
    pub excepted: Vec<Excepted>,
    /// Findings that were counted on alerts, by the alert's id.
    pub repeats: Vec<Tally<String>>,
    /// Findings that exceptions covered, by the exception's number.
    pub hits: Vec<Tally<u64>>,
    /// What operators did.
    pub acts: Vec<NewAct>,
    /// Everything up to this segment has been judged. The mark never goes back.
    pub judged: Option<SegmentId>,
}

/// An alert to be recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAlert {
    /// The alert.
    pub alert: Alert,
    /// The sinks that are to have it.
    pub owed_to: Arc<[String]>,
}

impl From<Alert> for NewAlert {
    /// To be recorded, and owed to nobody.
    fn from(alert: Alert) -> Self {
        NewAlert { alert, owed_to: Arc::default() }
    }
}

/// What was written.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// For each batch its segment, or nothing if it was a repeat.
    pub segments: Vec<Option<SegmentId>>,
    /// How many batches were repeats.
    pub duplicates: u64,
    /// Batches that never came.
    pub gaps: Vec<Gap>,
    /// For each alert its number; for a known one, the number it has had all along.
    pub alerts: Vec<u64>,
    /// For each of the settled, whether there was such a thing to settle.
    pub settled: Vec<bool>,
    /// For each act, whether things were still as it expects; else nothing of it is written.
    pub acted: Vec<bool>,
}

/// Batches of a source that never came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The source.
    pub source: String,
    /// The first number that is missing.
    pub from: u64,
    /// The first number that is there again.
    pub to: u64,
}

impl Gap {
    /// How many are missing.
    pub fn missing(&self) -> u64 {
        self.to - self.from
    }
}

/// Why nothing was acknowledged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// There is no room.
    #[error("disk full")]
    Full,
    /// The storage.
    #[error("{0}")]
    Storage(#[source] AccessError),
}

impl From<AccessError> for CommitError {
    fn from(error: AccessError) -> Self {
        match &error {
            AccessError::Database(redb::Error::Io(cause)) if is_full(cause) => CommitError::Full,
            AccessError::Closed(crate::OpenError::Io { cause, .. }) if is_full(cause) => {
                CommitError::Full
            }
            _ => CommitError::Storage(error),
        }
    }
}

fn is_full(cause: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(cause.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

impl Store {
    /// Writes all of it or nothing, and returns when it is on disk.
    ///
    /// # Errors
    /// If the disk is full or fails. The store stays readable, and a later commit tries again. If
    /// it was the last flush that failed, the storage may have everything all the same: the repeat
    /// is then dropped as one, and what was not judged is found by [`Store::unjudged`].
    pub fn commit(&self, commit: &Commit) -> Result<Committed, CommitError> {
        let committed = self.access.with(|database| transact(database, commit))?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        Ok(committed)
    }
}

fn transact(database: &Database, commit: &Commit) -> Result<Committed, redb::Error> {
    let mut transaction = database.begin_write()?;
    // In two phases, because those who are watched choose what is written and may crash the host;
    // and with what a repair needs, so that a killed agent need not read the whole store.
    transaction.set_quick_repair(true);
    let committed = write(&transaction, commit)?;
    transaction.commit()?;
    Ok(committed)
}

fn write(transaction: &WriteTransaction, commit: &Commit) -> Result<Committed, redb::Error> {
    let mut committed = Committed::default();
    let mut meta = transaction.open_table(META)?;
    if !commit.batches.is_empty() {
        let (events, bytes) = write_batches(transaction, &commit.batches, &mut committed)?;
        let before = (number(&meta, META_EVENTS)?, number(&meta, META_BYTES)?);
        meta.insert(META_EVENTS, before.0 + events)?;
        meta.insert(META_BYTES, before.1 + bytes)?;
    }
    if !commit.alerts.is_empty() {
        committed.alerts = write_alerts(transaction, &commit.alerts)?;
    }
    if !commit.settled.is_empty() {
        let mut outbox = Outbox::open(transaction)?;
        for settled in &commit.settled {
            committed.settled.push(outbox.settle(settled)?);
        }
    }
    if !commit.excepted.is_empty() {
        write_excepted(transaction, &commit.excepted)?;
    }
    handling::count(transaction, &commit.repeats, &commit.hits)?;
    for act in &commit.acts {
        committed.acted.push(handling::act(transaction, &mut meta, act)?);
    }
    if let Some(SegmentId(judged)) = commit.judged {
        let before = number(&meta, META_JUDGED)?;
        meta.insert(META_JUDGED, before.max(judged))?;
    }
    Ok(committed)
}

fn number(meta: &Table<&str, u64>, name: &str) -> Result<u64, StorageError> {
    Ok(meta.get(name)?.map_or(0, |number| number.value()))
}

/// Returns how many events were written, and the bytes of their segments.
fn write_batches(
    transaction: &WriteTransaction,
    batches: &[SourceBatch],
    committed: &mut Committed,
) -> Result<(u64, u64), redb::Error> {
    let mut segments = transaction.open_table(SEGMENTS)?;
    let mut spans = transaction.open_table(SPANS)?;
    let mut digests = transaction.open_table(DIGESTS)?;
    let mut sources = transaction.open_table(SOURCES)?;
    let mut next = segments.last()?.map_or(1, |(last, _)| last.value() + 1);
    let (mut events, mut bytes) = (0, 0);
    for SourceBatch { source, number, lost, batch } in batches {
        let known = sources.get(source.as_str())?.map_or((0, 0, 0), |known| known.value());
        let (last, lost_before, missing_before) = known;
        if *number <= last {
            committed.segments.push(None);
            committed.duplicates += 1;
            continue;
        }
        let missing = *number - last - 1;
        if missing > 0 {
            committed.gaps.push(Gap { source: source.clone(), from: last + 1, to: *number });
        }
        let (told, lost) = (*lost, lost_before.saturating_add(*lost));
        let segment = segment::encode(batch);
        segments.insert(next, segment.as_slice())?;
        let header = segment::header(&segment).expect("it was written just now");
        let SegmentHeader { rows, first_time, last_time } = header;
        if let Some(digest) = Digest::of(batch) {
            digests.insert(next, digest.encode().as_slice())?;
        }
        spans.insert(next, (rows, first_time, last_time, told, missing))?;
        sources.insert(source.as_str(), (*number, lost, missing_before.saturating_add(missing)))?;
        committed.segments.push(Some(SegmentId(next)));
        events += batch.rows() as u64;
        bytes += segment.len() as u64;
        next += 1;
    }
    Ok((events, bytes))
}

/// One whose id is known keeps the state that it has.
fn write_excepted(
    transaction: &WriteTransaction,
    excepted: &[Excepted],
) -> Result<(), redb::Error> {
    let before = transaction.open_table(ALERTS)?.last()?.map_or(0, |(last, _)| last.value());
    let alerts: Vec<NewAlert> = excepted.iter().map(|one| one.alert.clone().into()).collect();
    for (number, one) in write_alerts(transaction, &alerts)?.into_iter().zip(excepted) {
        if number > before {
            handling::except(transaction, number, one.exception)?;
        }
    }
    Ok(())
}

/// Returns the number of each alert.
fn write_alerts(
    transaction: &WriteTransaction,
    alerts: &[NewAlert],
) -> Result<Vec<u64>, redb::Error> {
    let mut table = transaction.open_table(ALERTS)?;
    let mut ids = transaction.open_table(ALERT_IDS)?;
    let mut outbox = Outbox::open(transaction)?;
    let mut next = table.last()?.map_or(1, |(last, _)| last.value() + 1);
    let mut numbers = Vec::with_capacity(alerts.len());
    for NewAlert { alert, owed_to } in alerts {
        if let Some(known) = ids.get(alert.id.as_str())? {
            numbers.push(known.value());
            continue;
        }
        let json = serde_json::to_vec(alert).expect("an alert has only text keys");
        table.insert(next, json.as_slice())?;
        ids.insert(alert.id.as_str(), next)?;
        for sink in owed_to.iter() {
            outbox.owe(sink, next, alert.time)?;
        }
        numbers.push(next);
        next += 1;
    }
    Ok(numbers)
}
