//! What is known again, what is not, and that it stays within its bounds.

use daemoneye_bus::event::{Event, Kind};
use proptest::prelude::*;

use super::key::MAX_BYTES;
use super::*;

const FIELDS: [Field; 4] = [Field::CommandLine, Field::Pid, Field::Name, Field::CpuUsage];

fn event() -> impl Strategy<Value = Event> {
    let text = || prop::option::of("[a\\PC]{0,3}");
    let numbers =
        (prop::option::of(0..3_i64), prop::option::of(prop::sample::select(&[0.0, -0.0, 1.5])));
    (text(), text(), numbers).prop_map(|(line, name, (pid, usage))| {
        let mut event = Event::new(Kind::Exec, 1);
        line.into_iter().for_each(|line| event.set(Field::CommandLine, line));
        name.into_iter().for_each(|name| event.set(Field::Name, name));
        pid.into_iter().for_each(|pid| event.set(Field::Pid, pid));
        usage.into_iter().for_each(|usage| event.set(Field::CpuUsage, usage));
        event
    })
}

/// The keys of a batch of these events.
fn keys(events: &[Event], fields: &[Field]) -> Vec<Option<Vec<u8>>> {
    let batch = Batch::from_events(events).expect("events");
    let mut keys = Keys::of(&batch, fields);
    (0..events.len()).map(|row| keys.row(row).map(<[u8]>::to_vec)).collect()
}

fn line(line: &str) -> Event {
    Event::new(Kind::Exec, 1).with(Field::CommandLine, line)
}

fn words(text: &str) -> Vec<Word> {
    let evidence = Evidence { clause: text.to_owned(), field: String::new(), value: String::new() };
    vec![Word { rule: 7, evidence: Some(vec![evidence]) }, Word { rule: 8, evidence: None }]
}

proptest! {
    /// Whatever else is in their batch: a column that nobody has a value in is not there.
    #[test]
    fn events_have_the_same_key_if_all_their_values_are_the_same(
        events in prop::collection::vec(event(), 1..8), other in event(),
    ) {
        let alone = keys(std::slice::from_ref(&other), &FIELDS).remove(0);
        for (key, event) in keys(&events, &FIELDS).into_iter().zip(&events) {
            let bits = |event: &Event| FIELDS.map(|field| format!("{:?}", event.get(field)));
            prop_assert_eq!(key == alone, bits(event) == bits(&other), "{:?} {:?}", event, other);
        }
    }
}

#[test]
fn an_event_with_just_enough_in_its_values_has_a_key_and_one_with_a_byte_more_has_none() {
    let of = |length| keys(&[line(&"x".repeat(length))], &[Field::CommandLine]).remove(0);
    assert_eq!(of(MAX_BYTES - 2).map(|key| key.len()), Some(MAX_BYTES));
    for length in [MAX_BYTES - 1, MAX_BYTES, MAX_BYTES + 1, usize::from(u16::MAX) + 1] {
        assert_eq!(of(length), None, "{length}");
    }
}

#[test]
fn who_is_met_again_was_met_before_and_all_ways_of_a_place_are_used() {
    let mut repeats = Repeats::by(Vec::new());
    let same_place = |number: u64| number << 33;
    for number in 1..=WAYS as u64 {
        assert!(!repeats.meet(same_place(number)));
    }
    for number in 1..=WAYS as u64 {
        assert!(repeats.meet(same_place(number)), "{number}");
    }
    assert!(!repeats.meet(same_place(99)));
    assert!(!repeats.meet(same_place(1)), "the one that was met longest ago had to go");
}

#[test]
fn what_is_known_is_compared_by_its_bytes_and_not_by_its_hash() {
    let mut repeats = Repeats::by(Vec::new());
    repeats.learn(5, b"benign".as_slice().into(), Vec::new());
    assert_eq!(repeats.recall(5, b"benign"), Some([].as_slice()));
    assert_eq!(repeats.recall(5, b"attack"), None, "a forged hash hides nothing");
    repeats.learn(5, b"attack".as_slice().into(), words("attack"));
    assert_eq!(repeats.recall(5, b"attack"), Some(words("attack").as_slice()));
    assert_eq!(repeats.recall(5, b"benign"), Some([].as_slice()));
    repeats.forget();
    assert_eq!(repeats.recall(5, b"benign"), None);
}

#[test]
fn what_rules_said_is_kept_up_to_its_limit() {
    let mut repeats = Repeats::by(Vec::new());
    let many = |count| (0..count).map(|rule| Word { rule, evidence: None }).collect::<Vec<_>>();
    let long = |bytes: usize| words(&"x".repeat(bytes));
    let fixed: usize = words("").iter().map(Word::bytes).sum();
    let table = [
        (many(64), true),
        (many(65), false),
        (long(MAX_EVIDENCE_BYTES - fixed), true),
        (long(MAX_EVIDENCE_BYTES - fixed + 1), false),
    ];
    for (hash, (words, is_kept)) in (0_u64..).zip(table) {
        repeats.learn(hash, Box::default(), words);
        assert_eq!(repeats.recall(hash, b"").is_some(), is_kept, "{hash}");
    }
}

#[test]
fn its_bytes_are_bounded_and_what_comes_again_stays() {
    const BYTES: usize = 64 << 10;
    let mut repeats = Repeats::within(BYTES, Vec::new());
    for number in 0..10_000_u64 {
        repeats.learn(number, number.to_le_bytes().as_slice().into(), words("often"));
        assert!(repeats.recall(0, &0_u64.to_le_bytes()).is_some(), "{number}");
        assert!(repeats.young.bytes + repeats.old.bytes <= BYTES, "{number}");
    }
    let known = |generation: &Generation| generation.events.iter().map(Known::bytes).sum::<usize>();
    assert_eq!(known(&repeats.young), repeats.young.bytes);
    assert_eq!(known(&repeats.old), repeats.old.bytes);
    assert!(repeats.recall(1, &1_u64.to_le_bytes()).is_none(), "what does not come again goes");
    assert!(repeats.recall(9_999, &9_999_u64.to_le_bytes()).is_some());
}
