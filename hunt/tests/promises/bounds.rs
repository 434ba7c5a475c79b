//! Windows, budgets, and who gives up.

use std::time::{Duration, Instant};

use daemoneye_hunt::{
    Budget, Datum, HuntError, Incomplete, Parameters, Progress, Question, Window,
};
use daemoneye_store::Keep;

use crate::stored::{EVENTS, Stored, event};

const COUNT: &str = "SELECT count(*) FROM process_events";

fn question(sql: &str) -> Question {
    Question::new(sql, &Parameters::default(), Window::default()).expect("a question")
}

fn minute() -> Budget {
    Budget::of(Instant::now(), Duration::from_secs(60))
}

#[test]
fn a_window_has_its_first_moment_and_not_its_last() {
    let stored = Stored::new();
    let cases = [
        (Some(1_000_010), Some(1_000_030), 2),
        (Some(1_000_010), None, EVENTS - 1),
        (None, Some(1_000_010), 1),
        (Some(5_000_000), None, 0),
    ];
    for (since, until, expected) in cases {
        let told = stored.ask_within(COUNT, Window { since, until }, 10).expect("an answer");
        assert_eq!(told.rows, [[Datum::Integer(expected)]], "{since:?} {until:?}");
        assert_eq!(told.incomplete, []);
    }
}

#[test]
fn only_segments_that_may_have_something_to_say_are_looked_at() {
    let stored = Stored::new();
    let looked_at = |sql: &str| {
        let progress = Progress::default();
        question(sql).ask(&stored.store, 5, &minute(), &progress).expect("an answer");
        (progress.scanned(), progress.of())
    };
    assert_eq!(looked_at(COUNT), (3_000, 3_000));
    assert_eq!(looked_at("SELECT pid FROM process_events WHERE time < 1000100"), (250, 250));
    assert_eq!(
        looked_at("SELECT pid FROM process_events WHERE time = 1015000 OR pid = 1").1,
        3_000
    );
    let (scanned, of) = looked_at("SELECT pid FROM process_events");
    assert!(scanned <= 500 && of == 3_000, "{scanned} of {of}: the newest rows suffice");
}

#[test]
fn an_answer_that_needs_too_much_memory_is_refused() {
    let stored = Stored::new();
    let ask = |memory| {
        let budget = Budget { memory, ..minute() };
        let sql = "SELECT time, command_line FROM process_events";
        question(sql).ask(&stored.store, 1_000_000, &budget, &Progress::default())
    };
    assert!(matches!(ask(64 << 10), Err(HuntError::Memory(limit)) if limit == 64 << 10));
    assert_eq!(ask(64 << 20).expect("an answer").rows.len(), 3_000);
    let groups = "SELECT count(DISTINCT time) FROM process_events";
    let budget = Budget { memory: 64 << 10, ..minute() };
    let told = question(groups).ask(&stored.store, 10, &budget, &Progress::default());
    assert!(matches!(told, Err(HuntError::Memory(_))), "{told:?}");
}

#[test]
fn a_row_too_many_in_memory_is_no_reason_to_refuse_if_few_are_wanted() {
    let stored = Stored::new();
    let budget = Budget { memory: 64 << 10, ..minute() };
    let sql = "SELECT time, command_line FROM process_events ORDER BY command_line LIMIT 10";
    let told = question(sql).ask(&stored.store, 100, &budget, &Progress::default());
    assert_eq!(told.expect("an answer").rows.len(), 10);
}

#[test]
fn what_the_time_did_not_suffice_for_is_counted() {
    let stored = Stored::new();
    let budget = Budget { deadline: Instant::now(), ..minute() };
    let told = question(COUNT).ask(&stored.store, 10, &budget, &Progress::default());
    let told = told.expect("an answer");
    assert_eq!(told.incomplete, [Incomplete::Time(3_000)]);
    assert_eq!(told.rows, [[Datum::Integer(0)]]);
}

#[test]
fn a_question_that_is_given_up_ends() {
    let stored = Stored::new();
    let progress = Progress::default();
    progress.cancel();
    let told = question(COUNT).ask(&stored.store, 10, &minute(), &progress);
    assert!(matches!(told, Err(HuntError::Cancelled)), "{told:?}");
}

#[test]
fn losses_are_told_where_they_happened() {
    let stored = Stored::of((0..1_000).map(event), &[(3, 7)]);
    let ask = |since, until| {
        stored.ask_within(COUNT, Window { since, until }, 10).expect("an answer").incomplete
    };
    assert_eq!(ask(None, None), [Incomplete::Lost(7)]);
    assert_eq!(ask(Some(1_005_100), Some(1_005_200)), [Incomplete::Lost(7)]);
    assert_eq!(ask(Some(1_007_600), None), []);
    assert_eq!(ask(None, Some(1_004_000)), []);
}

#[test]
fn a_window_that_begins_before_what_is_kept_is_not_complete() {
    let stored = Stored::new();
    let keep = Keep { now: 2_000_000, events_since: Some(1_010_000), ..Keep::default() };
    let mark = daemoneye_store::Commit {
        judged: Some(daemoneye_store::SegmentId(12)),
        ..daemoneye_store::Commit::default()
    };
    stored.store.commit(&mark).expect("room");
    let pruned = stored.store.prune(&keep).expect("less");
    assert_eq!(pruned.segments, 4);
    let ask = |since| {
        stored.ask_within(COUNT, Window { since, until: None }, 10).expect("an answer").incomplete
    };
    assert_eq!(ask(Some(1_000_000)), [Incomplete::Removed(1_010_000)]);
    assert_eq!(ask(Some(1_010_000)), []);
    assert_eq!(ask(None), []);
}
