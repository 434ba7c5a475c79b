//! Damage costs what is damaged, and is named.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;

use daemoneye_hunt::{Datum, Incomplete, Window};
use daemoneye_store::SegmentId;

use crate::stored::Stored;

const COUNT: &str = "SELECT count(*) FROM process_events";

/// Flips a bit in the middle of the segment of which the store's file has these bytes.
fn flip(path: &Path, header: &[u8]) {
    let bytes = fs::read(path).expect("a file");
    let places = bytes.windows(header.len()).enumerate().filter(|(_, found)| *found == header);
    // Before the rows stand a segment's version and its checksum; spans have rows and times, too.
    let places = places.map(|(place, _)| place).filter(|place| bytes[place - 5] == 2);
    let places: Vec<usize> = places.collect();
    assert!(!places.is_empty(), "the header of the segment is nowhere in the file");
    let file = OpenOptions::new().write(true).open(path).expect("the file");
    for place in places {
        let at = place + header.len() + 40;
        file.write_all_at(&[bytes[at] ^ 1], at as u64).expect("room");
    }
}

#[test]
fn a_flipped_bit_costs_its_segment_and_the_segment_is_named() {
    let number = |number: i64| number.to_le_bytes();
    // Of the header: rows, first time, last time. The second segment has the events from 250 on.
    let rows = 250_u32.to_le_bytes();
    let header = [&rows[..], &number(1_002_500), &number(1_004_990)].concat();
    let stored = Stored::new().damaged(|path| flip(path, &header));
    let told = stored.ask(COUNT).expect("an answer");
    assert_eq!(told.rows, [[Datum::Integer(2_750)]]);
    match told.incomplete.as_slice() {
        [Incomplete::Damaged(segments, cause)] => {
            assert_eq!(segments, &[SegmentId(2)]);
            assert!(cause.starts_with("checksum "), "{cause}");
        }
        other => panic!("{other:?}"),
    }
    let said = told.incomplete[0].to_string();
    assert!(said.starts_with("1 segments cannot be read: 2 (checksum "), "{said}");
    let elsewhere = Window { since: Some(1_005_000), until: None };
    let told = stored.ask_within(COUNT, elsewhere, 10).expect("an answer");
    assert_eq!(told.incomplete, [], "what is asked for is not damaged");
}
