//! Every table, in one place.

use redb::TableDefinition;

/// The version of everything below. A store of a newer one is refused.
pub const SCHEMA: u64 = 1;

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

/// Segment id to segment, see `segment.rs`. Ids count up from 1.
pub(crate) const SEGMENTS: TableDefinition<u64, &[u8]> = TableDefinition::new("segments");
/// Source to the number of its last batch, the events that it says it lost, and the batches of it
/// that never came.
pub(crate) const SOURCES: TableDefinition<&str, (u64, u64, u64)> = TableDefinition::new("sources");
/// Alert number to the alert as JSON. Numbers count up from 1.
pub(crate) const ALERTS: TableDefinition<u64, &[u8]> = TableDefinition::new("alerts");
/// Alert id to alert number, so that recording an alert twice changes nothing.
pub(crate) const ALERT_IDS: TableDefinition<&str, u64> = TableDefinition::new("alert_ids");
