//! What goes when it is too old or too much.
//!
//! Invariant: what has not been judged stays, and so does an alert that a sink is owed or that is a
//! dead letter. The last segment and the last alert stay, because the next ones are numbered after
//! them.

use std::collections::HashSet;

use daemoneye_bus::alert::Alert;
use redb::{Database, ReadableTable, Table, WriteTransaction};

use crate::segment::SegmentHeader;
use crate::tables::{
    ALERT_IDS, ALERTS, DEAD_LETTERS, DIGESTS, META, META_BYTES, META_EVENTS, META_JUDGED, OUTBOX,
    SEGMENTS, SPANS,
};
use crate::{CommitError, Store, handling, segment};

/// Segments, and alerts, that go in one transaction at most: bounds how long others wait for it.
const AT_ONCE: usize = 512;

/// What is kept. Times are microseconds since the Unix epoch; nothing means forever, or all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keep {
    /// The time now.
    pub now: i64,
    /// Events that are not older.
    pub events_since: Option<i64>,
    /// Bytes of segments, the newest; what the rest of the store needs is not counted.
    pub bytes: Option<u64>,
    /// Alerts that are not older.
    pub alerts_since: Option<i64>,
}

/// What went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Segments.
    pub segments: u64,
    /// Events in them; those of a damaged segment are not known.
    pub events: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Alerts.
    pub alerts: u64,
    /// Whether there may be more to go.
    pub more: bool,
}

impl Store {
    /// Removes some of what is not kept any more, the oldest first, all of it or nothing. The file
    /// keeps its size; the room is used again.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub fn prune(&self, keep: &Keep) -> Result<Pruned, CommitError> {
        Ok(self.access.with(|database| transact(database, keep))?)
    }
}

fn transact(database: &Database, keep: &Keep) -> Result<Pruned, redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    let mut pruned = Pruned::default();
    prune_segments(&transaction, keep, &mut pruned)?;
    prune_alerts(&transaction, keep, &mut pruned)?;
    if pruned.segments + pruned.alerts == 0 {
        transaction.abort()?;
    } else {
        transaction.commit()?;
    }
    Ok(pruned)
}

/// What matters of one segment.
struct Seen {
    id: u64,
    rows: u64,
    bytes: u64,
}

/// How old a segment is, next to what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    Over,
    Within,
    /// It is damaged, has no time, or one that is still to come: as old as its neighbours.
    Unknown,
}

fn age(header: Option<&SegmentHeader>, keep: &Keep) -> Age {
    match (header.map(|header| header.last_time), keep.events_since) {
        (_, None) => Age::Within,
        (None | Some(0), _) => Age::Unknown,
        (Some(last), _) if last > keep.now => Age::Unknown,
        (Some(last), Some(since)) if last < since => Age::Over,
        _ => Age::Within,
    }
}

fn prune_segments(
    transaction: &WriteTransaction,
    keep: &Keep,
    pruned: &mut Pruned,
) -> Result<(), redb::Error> {
    let mut meta = transaction.open_table(META)?;
    let mut segments = transaction.open_table(SEGMENTS)?;
    let mut spans = transaction.open_table(SPANS)?;
    let mut digests = transaction.open_table(DIGESTS)?;
    let total = number(&meta, META_BYTES)?;
    let going = going(&segments, number(&meta, META_JUDGED)?, total, keep)?;
    for Seen { id, rows, bytes } in &going {
        segments.remove(id)?;
        spans.remove(id)?;
        digests.remove(id)?;
        pruned.segments += 1;
        pruned.events += rows;
        pruned.bytes += bytes;
    }
    if !going.is_empty() {
        let events = number(&meta, META_EVENTS)?;
        meta.insert(META_EVENTS, events.saturating_sub(pruned.events))?;
        meta.insert(META_BYTES, total.saturating_sub(pruned.bytes))?;
    }
    pruned.more = going.len() == AT_ONCE;
    Ok(())
}

fn number(meta: &Table<&str, u64>, name: &str) -> Result<u64, redb::Error> {
    Ok(meta.get(name)?.map_or(0, |number| number.value()))
}

/// The segments at the front that go: up to the last that is too old or too much.
fn going(
    segments: &Table<u64, &[u8]>,
    judged: u64,
    mut left: u64,
    keep: &Keep,
) -> Result<Vec<Seen>, redb::Error> {
    let last = segments.last()?.map_or(0, |(last, _)| last.value());
    let (mut front, mut going) = (Vec::new(), 0);
    for entry in segments.range(..last.min(judged.saturating_add(1)))?.take(AT_ONCE) {
        let (id, bytes) = entry?;
        let header = segment::header(bytes.value()).ok();
        let rows = header.map_or(0, |header| u64::from(header.rows));
        let age = age(header.as_ref(), keep);
        let bytes = bytes.value().len() as u64;
        let too_much = keep.bytes.is_some_and(|most| left > most);
        if age == Age::Within && !too_much {
            break;
        }
        left = left.saturating_sub(bytes);
        front.push(Seen { id: id.value(), rows, bytes });
        if too_much || age == Age::Over {
            going = front.len();
        }
    }
    front.truncate(going);
    Ok(front)
}

fn prune_alerts(
    transaction: &WriteTransaction,
    keep: &Keep,
    pruned: &mut Pruned,
) -> Result<(), redb::Error> {
    let Some(since) = keep.alerts_since else { return Ok(()) };
    let mut alerts = transaction.open_table(ALERTS)?;
    let old = old_alerts(&alerts, since)?;
    if old.is_empty() {
        return Ok(());
    }
    let needed = needed(transaction)?;
    let mut ids = transaction.open_table(ALERT_IDS)?;
    for (number, id) in old.iter().filter(|(number, _)| !needed.contains(number)) {
        alerts.remove(number)?;
        ids.remove(id.as_str())?;
        handling::forget(transaction, *number)?;
        pruned.alerts += 1;
    }
    pruned.more |= old.len() == AT_ONCE && pruned.alerts > 0;
    Ok(())
}

/// Number and id of alerts from before that time, but never of the last; one that cannot be read
/// stays.
fn old_alerts(alerts: &Table<u64, &[u8]>, since: i64) -> Result<Vec<(u64, String)>, redb::Error> {
    let last = alerts.last()?.map_or(0, |(last, _)| last.value());
    let mut old = Vec::new();
    for entry in alerts.range(..last)? {
        let (number, json) = entry?;
        let Ok(alert) = serde_json::from_slice::<Alert>(json.value()) else { continue };
        if alert.time >= since || old.len() == AT_ONCE {
            break;
        }
        old.push((number.value(), alert.id));
    }
    Ok(old)
}

/// The numbers of alerts that sinks are owed, or that are dead letters.
fn needed(transaction: &WriteTransaction) -> Result<HashSet<u64>, redb::Error> {
    let mut needed = HashSet::new();
    for entry in transaction.open_table(OUTBOX)?.iter()? {
        needed.insert(entry?.0.value().1);
    }
    for entry in transaction.open_table(DEAD_LETTERS)?.iter()? {
        needed.insert(entry?.0.value().1);
    }
    Ok(needed)
}
