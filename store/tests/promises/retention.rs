//! Retention: the oldest goes first, and what is still needed never does.

use std::sync::Arc;

use daemoneye_bus::alert::{Alert, Severity};
use daemoneye_bus::event::{Batch, Event, Kind};
use daemoneye_bus::message::SourceBatch;
use daemoneye_store::{Commit, Keep, NewAlert, Pruned, SegmentId, Store};
use proptest::prelude::*;

use crate::disk::Disk;
use crate::samples::{alert, batch, everything, write};

/// Batches of one event each, of these times; judged up to that segment.
fn store(times: &[i64], judged: u64) -> Store {
    let store = Store::with_backend(Disk::default()).expect("a store");
    let batches = times.iter().zip(1..).map(|(time, number)| {
        let batch = Batch::from_events(&[Event::new(Kind::Exec, *time)]).expect("an event");
        SourceBatch { source: "s".to_owned(), number, lost: 0, batch }
    });
    let judged = Some(SegmentId(judged));
    let commit = Commit { batches: batches.collect(), judged, ..Commit::default() };
    store.commit(&commit).expect("a commit");
    store
}

fn kept(store: &Store) -> Vec<u64> {
    everything(store).into_iter().map(|(SegmentId(id), _)| id).collect()
}

fn since(events: i64) -> Keep {
    Keep { now: 1_000, events_since: Some(events), ..Keep::default() }
}

#[test]
fn events_go_by_age_up_to_the_last_that_is_too_old() {
    // Times, kept since; segments that stay.
    let table: &[(&[i64], i64, &[u64])] = &[
        (&[1, 2, 3, 4, 5], 3, &[3, 4, 5]),
        (&[1, 2, 3, 4, 5], 1, &[1, 2, 3, 4, 5]),
        (&[1, 2, 3], 900, &[3]),
        // A time that is still to come, and none, say nothing; what follows does.
        (&[i64::MAX, 1, 0, 2, 900], 500, &[5]),
        (&[i64::MAX, 900, 901], 500, &[1, 2, 3]),
    ];
    for (times, kept_since, expected) in table {
        let store = store(times, 100);
        let pruned = store.prune(&since(*kept_since)).expect("pruned");
        assert_eq!(kept(&store), *expected, "{times:?} since {kept_since}");
        assert_eq!(pruned.events, (times.len() - expected.len()) as u64);
        assert_eq!(store.counts().expect("counts").events, expected.len() as u64);
    }
}

#[test]
fn events_go_by_size_and_the_newest_stay() {
    let store = store(&[5, 4, 3, 2, 1], 100);
    let all = store.counts().expect("counts").bytes;
    assert_eq!(store.prune(&Keep { bytes: Some(all), ..since(0) }).expect("pruned").segments, 0);
    let pruned = store.prune(&Keep { bytes: Some(all - 1), ..since(0) }).expect("pruned");
    assert_eq!((pruned.segments, kept(&store)), (1, vec![2, 3, 4, 5]));
    assert_eq!(store.counts().expect("counts").bytes, all - pruned.bytes);
    store.prune(&Keep { bytes: Some(0), ..since(0) }).expect("pruned");
    assert_eq!(kept(&store), [5]);
}

#[test]
fn what_is_not_judged_stays_however_old_and_much_it_is() {
    let store = store(&[1, 2, 3, 4], 2);
    store.prune(&Keep { bytes: Some(0), ..since(999) }).expect("pruned");
    assert_eq!(kept(&store), [3, 4]);
}

#[test]
fn ids_go_on_after_everything_old_went() {
    let store = store(&[1, 2], 2);
    store.prune(&since(999)).expect("pruned");
    assert_eq!(write(&store, vec![batch("s", 3, 1)]).segments, [Some(SegmentId(3))]);
    assert_eq!(store.unjudged().expect("segments").count(), 1);
}

#[test]
fn alerts_go_by_age_unless_a_sink_needs_them() {
    let store = Store::with_backend(Disk::default()).expect("a store");
    let new = |id: &str, time, owed_to: &[&str]| NewAlert {
        alert: Alert { time, ..alert(id, Severity::High) },
        owed_to: owed_to.iter().map(|&sink| sink.to_owned()).collect::<Arc<[String]>>(),
    };
    let alerts =
        vec![new("a", 1, &[]), new("b", 2, &["file"]), new("c", 3, &[]), new("d", 900, &[])];
    store.commit(&Commit { alerts, ..Commit::default() }).expect("a commit");
    let keep = Keep { now: 1_000, alerts_since: Some(500), ..Keep::default() };
    let pruned = store.prune(&keep).expect("pruned");
    assert_eq!(pruned, Pruned { alerts: 2, ..Pruned::default() });
    let left = store.alerts(0, Severity::Info, 9).expect("alerts");
    assert_eq!(left.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [2, 4]);
    // Gone is gone: the same alert again is a new one, with a new number.
    let again = Commit { alerts: vec![new("a", 950, &[])], ..Commit::default() };
    assert_eq!(store.commit(&again).expect("a commit").alerts, [5]);
}

#[test]
fn what_is_too_much_for_one_transaction_goes_in_several() {
    let store = store(&vec![1; 1_500], 2_000);
    let mut rounds = 0;
    loop {
        let pruned = store.prune(&since(500)).expect("pruned");
        rounds += 1;
        if !pruned.more {
            break;
        }
    }
    assert_eq!((kept(&store), rounds), (vec![1_500], 3));
}

#[test]
fn with_a_segment_goes_its_digest() {
    let store = Store::with_backend(Disk::default()).expect("a store");
    write(&store, vec![batch("s", 1, 64), batch("s", 2, 64)]);
    let mark = Commit { judged: Some(SegmentId(2)), ..Commit::default() };
    store.commit(&mark).expect("a commit");
    let has = |id| {
        let snapshot = store.snapshot().expect("segments");
        snapshot.digest(SegmentId(id)).expect("storage").is_some()
    };
    assert_eq!((has(1), has(2)), (true, true));
    store.prune(&Keep { bytes: Some(0), ..Keep::default() }).expect("pruned");
    assert_eq!((kept(&store), has(1), has(2)), (vec![2], false, true));
}

proptest! {
    #[test]
    fn what_is_kept_is_the_newest_and_counts_are_exact(
        sizes in prop::collection::vec(1..40_usize, 1..20), judged in 0..25_u64, most in 0..6_000_u64,
    ) {
        let store = Store::with_backend(Disk::default()).expect("a store");
        let batches = sizes.iter().zip(1..).map(|(rows, number)| batch("s", number, *rows));
        let commit = Commit {
            batches: batches.collect(),
            judged: Some(SegmentId(judged)),
            ..Commit::default()
        };
        store.commit(&commit).expect("a commit");
        let before = store.counts().expect("counts");
        let pruned = store.prune(&Keep { bytes: Some(most), ..Keep::default() }).expect("pruned");
        let (after, kept) = (store.counts().expect("counts"), kept(&store));
        let newest: Vec<u64> = (pruned.segments + 1..=sizes.len() as u64).collect();
        prop_assert_eq!(&kept, &newest);
        prop_assert_eq!(after.bytes, before.bytes - pruned.bytes);
        prop_assert_eq!(after.events, before.events - pruned.events);
        let may_go = pruned.segments < judged && kept.len() > 1;
        prop_assert!(after.bytes <= most || !may_go);
    }
}
