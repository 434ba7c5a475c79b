//! What one engine remembers goes on in another.

use daemoneye_engine::{Engine, RestoreError};
use daemoneye_plan::{Complete, Plan};

use crate::batch::{Row, judge, matched};
use crate::processes::{self, child_of};
use crate::sequences::{INTEGERS, event, sequence};

fn load(plans: Vec<(&str, Plan)>) -> Engine {
    Engine::load(plans.into_iter().map(|(id, plan)| (id.to_owned(), plan)).collect())
        .expect("loads")
}

fn a_then_b(window: u64) -> Plan {
    sequence(&["a", "b"], window, Complete::InOrder)
}

/// The rows of one batch on which the rule of this number matches.
fn rows(engine: &Engine, rule: usize, rows: &[Row]) -> Vec<u32> {
    matched(&judge(engine, INTEGERS, rows)[rule])
}

fn moved(engine: &Engine, plans: Vec<(&str, Plan)>) -> Engine {
    let next = load(plans);
    next.restore(&engine.save()).expect("what an engine has saved");
    next
}

#[test]
fn a_rule_that_stays_goes_on_whatever_stands_beside_it_and_a_changed_one_begins_anew() {
    let engine =
        load(vec![("stays", a_then_b(10)), ("changes", a_then_b(20)), ("goes", a_then_b(5))]);
    rows(&engine, 0, &[event(0, "u", "a"), event(0, "v", "a")]);
    let next = moved(
        &engine,
        vec![("new", a_then_b(10)), ("changes", a_then_b(21)), ("stays", a_then_b(10))],
    );
    let verdicts = judge(&next, INTEGERS, &[event(1, "u", "b")]);
    let all: Vec<Vec<u32>> = verdicts.iter().map(matched).collect();
    assert_eq!(all, [vec![], vec![], vec![0]]);
    assert_eq!(
        next.counters().dropped_groups,
        4,
        "two each of the rule that changed and that went"
    );
    let last = moved(&next, vec![("stays", a_then_b(10))]);
    assert_eq!(rows(&last, 0, &[event(2, "v", "b")]), [0]);
}

#[test]
fn what_was_counted_counts_on() {
    let plan = || vec![("rule", a_then_b(10))];
    let engine = load(plan());
    rows(&engine, 0, &[event(20, "u", "b"), event(9, "u", "a")]);
    let next = moved(&moved(&engine, plan()), plan());
    rows(&next, 0, &[event(8, "u", "a")]);
    assert_eq!(next.counters().late, 2);
}

#[test]
fn living_processes_are_known_and_those_that_stopped_are_not() {
    let plan = || vec![("rule", child_of("bash"))];
    let start = |key: &str| processes::event("start", key, "1", Some("bash"));
    let child = |parent: &str| processes::event("start", "9", parent, Some("ls"));
    let engine = load(plan());
    let stop = processes::event("stop", "8", "1", None);
    judge(&engine, &[], &[start("7"), start("8"), stop]);
    let next = moved(&engine, plan());
    assert_eq!(matched(&judge(&next, &[], &[child("7"), child("8")])[0]), [0]);
}

#[test]
fn what_a_new_rule_asks_of_processes_is_known_when_they_are_heard_of_again() {
    let engine = load(vec![("rule", a_then_b(10))]);
    judge(&engine, INTEGERS, &[event(0, "u", "a")]);
    let next = moved(&engine, vec![("child", child_of("bash")), ("rule", a_then_b(10))]);
    let start = processes::event("start", "7", "1", Some("bash"));
    let child = processes::event("start", "9", "7", Some("ls"));
    assert_eq!(matched(&judge(&next, INTEGERS, &[start, child])[0]), [1]);
    assert_eq!(rows(&next, 1, &[event(1, "u", "b")]), [0]);
}

#[test]
fn bytes_that_no_engine_has_saved_are_refused_and_nothing_is_remembered() {
    let plan = || vec![("rule", a_then_b(10))];
    let engine = load(plan());
    rows(&engine, 0, &[event(0, "u", "a"), event(0, "v", "a")]);
    let saved = engine.save();
    for length in 0..saved.len() {
        let next = load(plan());
        assert!(next.restore(&saved[..length]).is_err(), "{length} bytes");
        assert!(rows(&next, 0, &[event(1, "u", "b")]).is_empty(), "{length} bytes");
    }
    let longer = [&*saved, &[0]].concat();
    assert_eq!(load(plan()).restore(&longer), Err(RestoreError::Trailing(1)));
    let mut other = saved.clone();
    other[0] = 2;
    assert_eq!(load(plan()).restore(&other), Err(RestoreError::Version(2)));
    // Some flips make other bytes that could be a memory; none does harm.
    for at in 0..saved.len() {
        let mut flipped = saved.clone();
        flipped[at] ^= 0x55;
        let next = load(plan());
        let _refused_or_not = next.restore(&flipped);
        rows(&next, 0, &[event(1, "u", "b")]);
    }
}
