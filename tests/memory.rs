//! What rules remember goes over from one instance to the next, whatever plugins do about it.

use daemoneye_bus::event::{Batch, Event, Field, Kind};
use daemoneye_host::plugin::{Fault, Limits, RulePlugin};

use crate::sandbox::{batch, misbehaver_with};

fn plugin(mode: &str, amount: &str) -> RulePlugin {
    misbehaver_with(mode, amount, Limits::RULES).unwrap_or_else(|error| panic!("{mode}: {error}"))
}

fn matched(plugin: &mut RulePlugin, rows: usize) -> Vec<usize> {
    let judgement = plugin.judge(&batch(&["x"; 8][..rows]));
    judgement.findings.iter().map(|finding| finding.row).collect()
}

#[test]
fn with_the_same_plans_the_instance_goes_over_and_with_others_what_it_has_saved() {
    for (next, how) in [("1", "the instance"), ("2", "as bytes")] {
        let mut before = plugin("remember", "1");
        assert_eq!(matched(&mut before, 2), [0; 0]);
        let mut after = plugin("remember", next);
        assert_eq!(after.inherit(&mut before), Ok(()), "{how}");
        assert_eq!(matched(&mut after, 4), [0, 3], "{how}");
        assert_eq!((after.restarts().count, after.memory_counts().late), (0, 6), "{how}");
    }
}

#[test]
fn other_limits_are_not_those_of_the_instance() {
    let mut before = plugin("remember", "1");
    matched(&mut before, 2);
    let narrow = Limits { memory_bytes: 8 << 20, ..Limits::RULES };
    let mut after = misbehaver_with("remember", "1", narrow).expect("a plugin");
    assert_eq!(after.inherit(&mut before), Ok(()));
    assert_eq!(matched(&mut after, 1), [0]);
    // What moving the bytes took is not lent for ever.
    let mut greedy = misbehaver_with("allocate", "20", narrow).expect("a plugin");
    assert_eq!(greedy.inherit(&mut after), Ok(()));
    let faults = greedy.judge(&batch(&["x"])).faults;
    assert!(matches!(faults[0].1, Fault::OutOfMemory { .. }), "{faults:?}");
}

#[test]
fn what_cannot_go_over_is_lost_and_counted_and_costs_no_event() {
    type Expected = fn(&Fault) -> bool;
    let table: [(&str, &str, Expected); 4] = [
        ("trap_in_save", "remember", |fault| matches!(fault, Fault::Trapped(_))),
        ("loop_in_save", "remember", |fault| {
            matches!(fault, Fault::Deadline(_) | Fault::OutOfFuel(_))
        }),
        ("flood_in_save", "remember", |fault| matches!(fault, Fault::TooMuch(_))),
        ("remember", "refuse_memory", |fault| matches!(fault, Fault::Memory(_))),
    ];
    for (before, after, expected) in table {
        let (mut old, mut new) = (plugin(before, ""), plugin(after, ""));
        matched(&mut old, 5);
        let fault = new.inherit(&mut old).expect_err(before);
        assert!(expected(&fault), "{before}, {after}: {fault}");
        let judgement = new.judge(&batch(&["x"; 3]));
        assert!(judgement.faults.is_empty(), "{judgement:?}");
        assert!(new.account(0).is_closed());
        assert_eq!((new.restarts().count, new.restarts().last), (1, Some(1)), "{before}");
    }
}

#[test]
fn what_was_counted_before_a_fault_stays_counted() {
    let mut plugin = plugin("remember", "");
    let late = |line: &str| {
        let event = Event::new(Kind::Exec, 1).with(Field::CommandLine, line.to_owned());
        Batch::from_events(&[event]).expect("an event")
    };
    plugin.judge(&late("x"));
    let counted = plugin.memory_counts().late;
    assert_eq!(counted, 1);
    let mut refusing = self::plugin("refuse_memory", "");
    assert!(refusing.inherit(&mut plugin).is_err());
    assert_eq!(refusing.memory_counts().late, 1);
    refusing.judge(&late("x"));
    assert_eq!(refusing.memory_counts().late, 1, "it counts from nothing, and that is added");
}
