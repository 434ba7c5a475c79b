//! Every table, in one place.

use redb::TableDefinition;

/// The version of everything below. A store of a newer one is refused, one of an older is upgraded.
pub const SCHEMA: u64 = 5;
/// The first version, without what sinks are owed. That of version 2 had no sum of what segments
/// take, that of version 3 no spans of segments and nothing of what operators do about alerts, that of
/// version 4 no digests.
pub(crate) const SCHEMA_WITHOUT_OUTBOX: u64 = 1;
/// The last version without digests of segments.
pub(crate) const SCHEMA_WITHOUT_DIGESTS: u64 = 4;

/// Single numbers, by the names below.
pub(crate) const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
/// In [`META`]: the version of the schema.
pub(crate) const META_SCHEMA: &str = "schema";
/// In [`META`]: when the store was created, microseconds since the Unix epoch.
pub(crate) const META_CREATED: &str = "created";
/// In [`META`]: the last segment up to which everything has been judged.
pub(crate) const META_JUDGED: &str = "judged";
/// In [`META`]: events in all segments.
pub(crate) const META_EVENTS: &str = "events";
/// In [`META`]: the number of the last exception that ever was.
pub(crate) const META_EXCEPTIONS: &str = "exceptions";
/// In [`META`]: bytes of all segments.
pub(crate) const META_BYTES: &str = "bytes";

/// Segment id to segment, see `segment.rs`. Ids count up from 1.
pub(crate) const SEGMENTS: TableDefinition<u64, &[u8]> = TableDefinition::new("segments");
/// Segment id to its rows, the times of its first and its last event, and what its source lost right
/// before it: events that it told of, and batches that never came. Every segment has one.
pub(crate) const SPANS: TableDefinition<u64, (u32, i64, i64, u64, u64)> =
    TableDefinition::new("spans");
/// Segment id to what its columns have, see `digest.rs`. Not every segment has one.
pub(crate) const DIGESTS: TableDefinition<u64, &[u8]> = TableDefinition::new("digests");
/// Source to the number of its last batch, the events that it says it lost, and the batches of it
/// that never came.
pub(crate) const SOURCES: TableDefinition<&str, (u64, u64, u64)> = TableDefinition::new("sources");
/// Alert number to the alert as JSON. Numbers count up from 1.
pub(crate) const ALERTS: TableDefinition<u64, &[u8]> = TableDefinition::new("alerts");
/// Alert id to alert number, so that recording an alert twice changes nothing.
pub(crate) const ALERT_IDS: TableDefinition<&str, u64> = TableDefinition::new("alert_ids");

/// Sink and alert number to when the alert was made, microseconds since the Unix epoch: what each
/// sink is still owed.
pub(crate) const OUTBOX: TableDefinition<(&str, u64), i64> = TableDefinition::new("outbox");
/// Sink and alert number to when the alert was made, when it died, how often it was tried, and why it
/// is not tried any more.
pub(crate) const DEAD_LETTERS: TableDefinition<(&str, u64), (i64, i64, u32, &str)> =
    TableDefinition::new("dead_letters");
/// Sink to how many alerts it ever was owed, and of these are pending, delivered, dead, dropped.
pub(crate) const SINKS: TableDefinition<&str, (u64, u64, u64, u64, u64)> =
    TableDefinition::new("sinks");

/// Alert number and sink to when the sink took the alert, microseconds since the Unix epoch.
pub(crate) const DELIVERED: TableDefinition<(u64, &str), i64> = TableDefinition::new("delivered");
/// Alert number to its state (0 open, 1 acknowledged, 2 closed, 3 excepted) and the number of the
/// exception that covered it, or 0. An alert that is not here is open.
pub(crate) const HANDLED: TableDefinition<u64, (u8, u64)> = TableDefinition::new("handled");
/// Alert number to how many findings were counted on it, and when last, microseconds since the Unix
/// epoch.
pub(crate) const REPEATS: TableDefinition<u64, (u64, i64)> = TableDefinition::new("repeats");
/// Act number to the act as JSON. Numbers count up from 1.
pub(crate) const ACTS: TableDefinition<u64, &[u8]> = TableDefinition::new("acts");
/// Alert number and the number of an act about it.
pub(crate) const ALERT_ACTS: TableDefinition<(u64, u64), ()> = TableDefinition::new("alert_acts");
/// Exception number to the exception as JSON.
pub(crate) const EXCEPTIONS: TableDefinition<u64, &[u8]> = TableDefinition::new("exceptions");
/// Exception number to how many findings it has covered, and when last, microseconds since the Unix
/// epoch.
pub(crate) const HITS: TableDefinition<u64, (u64, i64)> = TableDefinition::new("exception_hits");
/// Exception number and the number of an alert that it covered.
pub(crate) const EXCEPTED: TableDefinition<(u64, u64), ()> = TableDefinition::new("excepted");
/// Id of each rule that is disabled to the act that did it, as JSON.
pub(crate) const DISABLED: TableDefinition<&str, &[u8]> = TableDefinition::new("disabled_rules");
