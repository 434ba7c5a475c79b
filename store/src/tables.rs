//! Every table, in one place.

use redb::TableDefinition;

/// The version of everything below. A store of a newer one is refused, one of an older is upgraded.
pub const SCHEMA: u64 = 4;
/// The first version, without what sinks are owed. That of version 2 had no sum of what segments
/// take, that of version 3 no spans of segments.
pub(crate) const SCHEMA_WITHOUT_OUTBOX: u64 = 1;

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
/// In [`META`]: bytes of all segments.
pub(crate) const META_BYTES: &str = "bytes";

/// Segment id to segment, see `segment.rs`. Ids count up from 1.
pub(crate) const SEGMENTS: TableDefinition<u64, &[u8]> = TableDefinition::new("segments");
/// Segment id to its rows, the times of its first and its last event, and what its source lost right
/// before it: events that it told of, and batches that never came. Every segment has one.
pub(crate) const SPANS: TableDefinition<u64, (u32, i64, i64, u64, u64)> =
    TableDefinition::new("spans");
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
