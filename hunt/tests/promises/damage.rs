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

/// A store whose second segment, of the events from 250 on, is damaged.
fn damaged() -> Stored {
    let number = |number: i64| number.to_le_bytes();
    // Of the header: rows, first time, last time.
    let rows = 250_u32.to_le_bytes();
    let header = [&rows[..], &number(1_002_500), &number(1_004_990)].concat();
    Stored::new().damaged(|path| flip(path, &header))
}

#[test]
fn a_flipped_bit_costs_its_segment_and_the_segment_is_named() {
    let stored = damaged();
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

#[test]
fn a_segment_that_certainly_lacks_what_is_asked_for_is_not_read() {
    let stored = damaged();
    let cases = [
        ("name = 'bash'", true),
        ("name = 'nosuch'", false),
        ("'nosuch' = name", false),
        ("name IN ('nosuch', 'neither')", false),
        ("name IN ('nosuch', 'BASH')", true),
        ("name IN ('nosuch', 7)", true),
        ("pid = 96", true),
        ("pid = 97", false),
        ("pid >= 96", true),
        ("pid > 96", false),
        ("96 < pid", false),
        ("97 > pid", true),
        ("pid < 0", false),
        ("pid <= 0", true),
        ("pid <> 5", true),
        ("pid IN (97, 98)", false),
        ("pid = 97.0", true),
        ("pid = '97'", true),
        ("pid = 97 OR name = 'nosuch'", false),
        ("pid = 96 OR name = 'nosuch'", true),
        ("pid = 96 AND name = 'nosuch'", false),
        ("NOT name = 'nosuch'", true),
        ("name = 'nosuch' OR command_line LIKE '%x%'", true),
        ("executable_path = 'nosuch'", false),
        ("executable_path = 'nosuch' OR executable_path IS NULL", true),
        ("name = NULL OR pid = NULL", false),
    ];
    for (condition, is_read) in cases {
        let told = stored.ask(&format!("SELECT pid FROM process_events WHERE {condition}"));
        let told = told.expect(condition);
        assert_eq!(!told.incomplete.is_empty(), is_read, "{condition}: {:?}", told.incomplete);
    }
}
