//! Batches of a source: each is stored once, and what never came is counted.

use std::sync::Arc;

use daemoneye_store::{Commit, Gap, SegmentId, Source, Store};

use crate::disk::Disk;
use crate::samples::{batch, everything, write};

fn store() -> Store {
    Store::with_backend(Disk::default()).expect("a store")
}

#[test]
fn repeats_are_dropped_and_jumps_are_gaps() {
    // Numbers as they come; which are stored; gaps as (from, to).
    type Case = (&'static [u64], &'static [bool], &'static [(u64, u64)]);
    let cases: &[Case] = &[
        (&[1, 2, 3], &[true, true, true], &[]),
        (&[1, 1], &[true, false], &[]),
        (&[1, 2, 1, 2, 3], &[true, true, false, false, true], &[]),
        (&[2], &[true], &[(1, 2)]),
        (&[1, 5, 6, 9], &[true, true, true, true], &[(2, 5), (7, 9)]),
        (&[5, 4], &[true, false], &[(1, 5)]),
        (&[0], &[false], &[]),
        (&[u64::MAX], &[true], &[(1, u64::MAX)]),
    ];
    for (numbers, stored, gaps) in cases {
        let gap = |(from, to): &(u64, u64)| Gap { source: "s".to_owned(), from: *from, to: *to };
        let expected: Vec<Gap> = gaps.iter().map(gap).collect();
        let batches: Vec<_> = numbers.iter().map(|number| batch("s", *number, 1)).collect();

        let at_once = write(&store(), batches.clone());
        let found: Vec<bool> = at_once.segments.iter().map(Option::is_some).collect();
        assert_eq!((found.as_slice(), &at_once.gaps), (*stored, &expected), "{numbers:?}");
        let dropped = stored.iter().filter(|stored| !**stored).count();
        assert_eq!(at_once.duplicates, dropped as u64, "{numbers:?}");

        let store = store();
        let singly: Vec<_> = batches.into_iter().map(|batch| write(&store, vec![batch])).collect();
        let found: Vec<bool> = singly.iter().map(|c| c.segments[0].is_some()).collect();
        assert_eq!(found, *stored, "{numbers:?}, one by one");
        let gaps: Vec<Gap> = singly.into_iter().flat_map(|committed| committed.gaps).collect();
        assert_eq!(gaps, expected, "{numbers:?}, one by one");
    }
}

#[test]
fn each_source_has_its_own_numbers_and_losses() {
    let store = store();
    let mut unlucky = batch("b", 3, 1);
    unlucky.lost = 40;
    let mut again = batch("b", 4, 1);
    again.lost = 2;
    write(&store, vec![batch("a", 1, 1), unlucky.clone(), again, unlucky]);
    let a = Source { id: "a".to_owned(), last: 1, lost: 0, missing: 0 };
    let b = Source { id: "b".to_owned(), last: 4, lost: 42, missing: 2 };
    assert_eq!(store.sources().expect("sources"), [a, b]);
}

#[test]
fn the_mark_of_judgement_never_goes_back() {
    let store = store();
    write(&store, (1..=4).map(|number| batch("s", number, 1)).collect());
    for (judged, left) in [(2, vec![3, 4]), (1, vec![3, 4]), (4, vec![])] {
        let judged = Some(SegmentId(judged));
        store.commit(&Commit { judged, ..Commit::default() }).expect("a commit");
        let unjudged = store.unjudged().expect("segments");
        assert_eq!(unjudged.map(|s| s.expect("one").0.0).collect::<Vec<_>>(), left);
    }
}

#[test]
fn segments_come_by_range_in_either_order_or_one_by_one() {
    let store = store();
    write(&store, (1..=5).map(|number| batch("s", number, 2)).collect());
    let ids = |newest_first| {
        let segments = store.segments(SegmentId(2)..SegmentId(5), newest_first).expect("segments");
        segments.map(|segment| segment.expect("one").0.0).collect::<Vec<_>>()
    };
    assert_eq!((ids(false), ids(true)), (vec![2, 3, 4], vec![4, 3, 2]));
    let (header, found) = store.segment(SegmentId(3)).expect("a read").expect("a segment");
    assert_eq!((header.rows, header.first_time, header.last_time), (2, 1_000, 1_001));
    assert_eq!(found, batch("s", 3, 2).batch);
    assert!(store.segment(SegmentId(6)).expect("a read").is_none());
}

#[test]
fn a_reader_sees_one_commit_while_others_are_written() {
    let store = Arc::new(store());
    write(&store, vec![batch("s", 1, 1)]);
    let mut begun = store.segments(.., false).expect("segments");
    let writer = store.clone();
    let thread = std::thread::spawn(move || write(&writer, vec![batch("s", 2, 1)]));
    thread.join().expect("the writer does not wait for the reader");
    assert_eq!(begun.by_ref().map(|segment| segment.expect("one").0.0).collect::<Vec<_>>(), [1]);
    assert_eq!(everything(&store).len(), 2);
}
