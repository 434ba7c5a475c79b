//! Events become batches, one per kind and topic, each with its number. Pure.

use daemoneye_bus::event::{BatchBuilder, Event, Field, Kind};
use daemoneye_bus::message::SourceBatch;

/// The order of the batches that are made at the same time: a process is told of before what happens
/// to it, and its end comes last.
const ORDER: [Kind; 9] = [
    Kind::Snapshot,
    Kind::Start,
    Kind::Exec,
    Kind::Modify,
    Kind::Suspicious,
    Kind::Listen,
    Kind::Connect,
    Kind::Accept,
    Kind::Stop,
];

/// Gives events and batches their numbers.
#[derive(Debug)]
pub(super) struct Numbering {
    /// Whose batches they are.
    pub(super) source: String,
    /// The number of the last event.
    pub(super) events: i64,
    /// How many events were lost when the last batch was made.
    pub(super) lost: u64,
}

impl Numbering {
    /// One batch per kind, or more if there are many, in [`ORDER`], with their topics. The first
    /// batch has this number.
    pub(super) fn batches(
        &mut self,
        first: u64,
        lost: u64,
        events: impl Iterator<Item = Event>,
    ) -> Vec<(String, SourceBatch)> {
        let mut by_kind = ORDER.map(|_| BatchBuilder::default());
        let mut batches = Vec::new();
        for mut event in events {
            self.events += 1;
            event.set(Field::Sequence, self.events);
            let at = position(&event);
            if by_kind[at].is_full() {
                let full = std::mem::take(&mut by_kind[at]);
                batches.extend(self.seal(lost, at, full));
            }
            by_kind[at].push(&event);
        }
        for (at, builder) in by_kind.into_iter().enumerate() {
            batches.extend(self.seal(lost, at, builder));
        }
        for (number, (_, batch)) in (first..).zip(&mut batches) {
            batch.number = number;
        }
        batches
    }

    /// Without its number.
    fn seal(
        &mut self,
        lost: u64,
        at: usize,
        mut builder: BatchBuilder,
    ) -> Option<(String, SourceBatch)> {
        let batch = builder.finish()?;
        let since = lost - std::mem::replace(&mut self.lost, lost);
        let topic = ORDER[at].topic();
        let source = self.source.clone();
        Some((topic, SourceBatch { source, number: 0, lost: since, batch }))
    }
}

fn position(event: &Event) -> usize {
    let kind = event.text(Field::Kind);
    let known = ORDER.iter().position(|known| Some(known.name()) == kind);
    known.expect("the lifecycle gives every event a kind")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(kinds: &[Kind]) -> Vec<Event> {
        kinds.iter().map(|kind| Event::new(*kind, 1)).collect()
    }

    fn numbering() -> Numbering {
        Numbering { source: "s".to_owned(), events: 0, lost: 0 }
    }

    #[test]
    fn batches_are_numbered_without_gaps_and_told_by_kind() {
        let mut numbering = numbering();
        let first = events(&[Kind::Stop, Kind::Start, Kind::Start]);
        let batches = numbering.batches(1, 3, first.into_iter());
        let told: Vec<_> = batches
            .iter()
            .map(|(topic, batch)| (topic.as_str(), batch.number, batch.lost, batch.batch.rows()))
            .collect();
        assert_eq!(told, [("events.process.start", 1, 3, 2), ("events.process.stop", 2, 0, 1)]);
        let next = numbering.batches(3, 3, events(&[Kind::Exec]).into_iter());
        assert_eq!((next[0].1.number, next[0].1.lost), (3, 0));
        assert_eq!(next[0].1.batch.integer(Field::Sequence, 0), Some(4));
    }

    #[test]
    fn many_events_of_a_kind_are_several_batches() {
        let many = events(&[Kind::Exec; 2500]);
        let batches = numbering().batches(1, 0, many.into_iter());
        let rows: Vec<_> = batches.iter().map(|(_, batch)| batch.batch.rows()).collect();
        assert_eq!(rows, [1024, 1024, 452]);
    }
}
