//! What happened around an alert: events of its process and of the next of kin, near in time.

use daemoneye_bus::control::{Around, NearEvent, Relation};
use daemoneye_bus::event::{Batch, Field, to_json};
use daemoneye_store::Store;
use serde_json::{Map, Value as Json};

/// Events from so long before and after, microseconds.
const NEAR: i64 = 5 * 60 * 1_000_000;
/// Events that are told, the nearest in time; of the own process and its children first.
const TOLD: usize = 40;
/// Batches that are read for one answer.
const MAX_BATCHES: usize = 256;

/// The process of an alert.
struct Process<'e> {
    key: &'e str,
    parent: Option<&'e str>,
}

impl Process<'_> {
    /// Whose event a row is, if it is of interest.
    fn relation(&self, batch: &Batch, row: usize) -> Option<Relation> {
        let own = batch.text(Field::ProcessKey, row);
        let parent = batch.text(Field::ParentKey, row);
        if own == Some(self.key) {
            Some(Relation::Own)
        } else if parent == Some(self.key) {
            Some(Relation::Child)
        } else if self.parent.is_some() && own == self.parent {
            Some(Relation::Parent)
        } else if self.parent.is_some() && parent == self.parent {
            Some(Relation::Sibling)
        } else {
            None
        }
    }
}

/// What happened around this event of an alert.
pub(crate) fn around(store: &Store, event: &Map<String, Json>) -> Around {
    let text = |field: Field| event.get(field.name()).and_then(Json::as_str);
    let time = event.get(Field::Time.name()).and_then(Json::as_i64);
    let (Some(key), Some(time)) = (text(Field::ProcessKey), time) else {
        return Around::default();
    };
    let (from, to) = (time.saturating_sub(NEAR), time.saturating_add(NEAR));
    let process = Process { key, parent: text(Field::ParentKey).filter(|key| !key.is_empty()) };
    let (batches, damaged) = match store.between(from, to, MAX_BATCHES) {
        Ok(found) => found,
        Err(error) => return Around { trouble: Some(error.to_string()), ..Around::default() },
    };
    let mut near: Vec<_> =
        batches.iter().flat_map(|batch| of_batch(&process, batch, from, to)).collect();
    near.sort_by_key(|(when, (relation, _, _))| (is_distant(*relation), when.abs_diff(time)));
    let more = near.len() > TOLD || batches.len() == MAX_BATCHES;
    near.truncate(TOLD);
    near.sort_by_key(|(when, (_, batch, row))| (*when, batch.integer(Field::Sequence, *row)));
    let trouble = (damaged > 0).then(|| format!("{damaged} damaged segments are not among them"));
    Around { events: near.into_iter().map(|(_, event)| told(event)).collect(), more, trouble }
}

type Event<'b> = (Relation, &'b Batch, usize);

fn of_batch<'b>(
    process: &Process<'_>,
    batch: &'b Batch,
    from: i64,
    to: i64,
) -> Vec<(i64, Event<'b>)> {
    let near = |row: usize| {
        let relation = process.relation(batch, row)?;
        let time = batch.integer(Field::Time, row).filter(|time| (from..=to).contains(time))?;
        Some((time, (relation, batch, row)))
    };
    (0..batch.rows()).filter_map(near).collect()
}

fn is_distant(relation: Relation) -> bool {
    matches!(relation, Relation::Parent | Relation::Sibling)
}

fn told((relation, batch, row): Event<'_>) -> NearEvent {
    let event = Json::Object(to_json(&batch.event(row))).to_string();
    NearEvent { relation, event }
}
