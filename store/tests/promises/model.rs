//! The store against a model that is too simple to be wrong.

use std::collections::{BTreeMap, BTreeSet};

use daemoneye_bus::alert::Severity;
use daemoneye_store::{Commit, Gap, SegmentId, Store};
use proptest::prelude::*;

use crate::disk::Disk;
use crate::samples::{alert, batch, everything};

/// Batches as (source, number, rows), ids of alerts, the mark.
type Step = (Vec<(u8, u64, usize)>, Vec<u8>, Option<u64>);

#[derive(Default)]
struct Model {
    /// Rows of each segment, from 1.
    segments: Vec<usize>,
    last: BTreeMap<u8, u64>,
    alerts: BTreeSet<u8>,
    judged: u64,
}

impl Model {
    /// How many batches are dropped, and how many never came.
    fn apply(&mut self, (batches, alerts, judged): &Step) -> (u64, u64) {
        let (mut dropped, mut missing) = (0, 0);
        for (source, number, rows) in batches {
            let last = self.last.entry(*source).or_default();
            if number > last {
                missing += number - *last - 1;
                *last = *number;
                self.segments.push(*rows);
            } else {
                dropped += 1;
            }
        }
        self.alerts.extend(alerts);
        self.judged = self.judged.max(judged.unwrap_or(0));
        (dropped, missing)
    }
}

fn commit((batches, alerts, judged): &Step) -> Commit {
    let batches = batches.iter().map(|(s, number, rows)| batch(&s.to_string(), *number, *rows));
    let alerts = alerts.iter().map(|id| alert(&id.to_string(), Severity::Low).into());
    let judged = judged.map(SegmentId);
    Commit { batches: batches.collect(), alerts: alerts.collect(), judged, ..Commit::default() }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let batches = prop::collection::vec((0u8..3, 0u64..12, 1usize..5), 0..6);
    let alerts = prop::collection::vec(0u8..8, 0..4);
    prop::collection::vec((batches, alerts, prop::option::of(0u64..20)), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_sequence_of_commits_does_what_the_model_does(steps in steps()) {
        let disk = Disk::default();
        let mut store = Store::with_backend(disk.clone()).expect("a store");
        let mut model = Model::default();
        for step in &steps {
            let committed = store.commit(&commit(step)).expect("a commit");
            let missing: u64 = committed.gaps.iter().map(Gap::missing).sum();
            prop_assert_eq!((committed.duplicates, missing), model.apply(step));
            drop(store);
            store = Store::with_backend(disk.clone()).expect("the same store");
        }
        let found = everything(&store);
        let ids: Vec<u64> = found.iter().map(|(id, _)| id.0).collect();
        prop_assert_eq!(ids, (1..=model.segments.len() as u64).collect::<Vec<_>>());
        let rows: Vec<usize> = found.iter().map(|(_, batch)| batch.rows()).collect();
        prop_assert_eq!(&rows, &model.segments);
        let counts = store.counts().expect("counts");
        prop_assert_eq!(counts.events, rows.iter().sum::<usize>() as u64);
        prop_assert_eq!(counts.alerts, model.alerts.len() as u64);
        let unjudged = store.unjudged().expect("segments").count() as u64;
        prop_assert_eq!(unjudged, (model.segments.len() as u64).saturating_sub(model.judged));
    }
}
