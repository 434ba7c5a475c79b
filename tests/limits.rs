//! Every limit of a plugin in a pair: obeyed, nothing happens; violated, it is the fault that says so.

use std::time::{Duration, Instant};

use daemoneye_host::plugin::{Fault, Limits, LoadError, RulePlugin};

use crate::sandbox::{LONG, batch, misbehaver_with, misbehavers};

/// Much of everything, so that only what a test limits is limited.
const AMPLE: Limits = Limits {
    row_fuel: 1 << 40,
    evaluate_time: LONG,
    search_time: LONG,
    result_bytes: 64 << 20,
    ..Limits::RULES
};

/// What comes of one event under these limits, in whichever way the guest is asked; nothing if all is
/// well.
fn fault(mode: &str, amount: &str, limits: Limits) -> Option<Fault> {
    let [kept, scanned] =
        misbehavers(mode, amount, limits).map(|plugin| fault_of(plugin, mode, amount));
    let kind = |fault: &Option<Fault>| fault.as_ref().map(std::mem::discriminant);
    assert_eq!(kind(&kept), kind(&scanned), "{mode} {amount}: {kept:?}, {scanned:?}");
    kept
}

fn fault_of(mut plugin: RulePlugin, mode: &str, amount: &str) -> Option<Fault> {
    let judgement = plugin.judge(&batch(&["a"]));
    let account = plugin.account(0);
    assert!(account.is_closed(), "{mode} {amount}: {account:?}");
    let fault = judgement.faults.into_iter().next().map(|(_, fault, _)| fault);
    assert_eq!(account.faulted, u64::from(fault.is_some()), "{mode} {amount}");
    fault
}

#[test]
fn what_a_limit_allows_is_no_fault_and_one_more_is() {
    type Expected = fn(&Fault) -> bool;
    let table: [(&str, &str, &str, Expected); 4] = [
        (
            "allocate",
            "32",
            "64",
            |fault| matches!(fault, Fault::OutOfMemory { asked, limit } if asked > limit),
        ),
        ("deep", "100", "1000000", |fault| matches!(fault, Fault::StackOverflow)),
        ("pieces", "64", "65", |fault| matches!(fault, Fault::TooMuch(_))),
        ("text", "8180", "8181", |fault| matches!(fault, Fault::TooMuch(_))),
    ];
    for (mode, obeyed, violated, expected) in table {
        assert_eq!(fault(mode, obeyed, AMPLE), None, "{mode} {obeyed}");
        let found = fault(mode, violated, AMPLE).unwrap_or_else(|| panic!("{mode} {violated}"));
        assert!(expected(&found), "{mode} {violated}: {found:?}");
    }
}

#[test]
fn an_answer_may_be_as_big_as_the_limit_says() {
    let tight = Limits { result_bytes: 4 << 10, ..AMPLE };
    assert_eq!(fault("text", "1000", tight), None);
    let found = fault("text", "8000", tight).expect("8,000 bytes are over 4 KiB");
    assert!(matches!(found, Fault::TooMuch(_)), "{found:?}");
}

#[test]
fn fuel_is_enough_or_the_fault_names_how_much_there_was() {
    assert_eq!(fault("deep", "100", Limits { row_fuel: 1_000_000, ..AMPLE }), None);
    let found = fault("deep", "100", Limits { row_fuel: 1_000, ..AMPLE });
    assert_eq!(found, Some(Fault::OutOfFuel(1_000)));
}

#[test]
fn memory_and_tables_are_limited_before_the_first_instruction() {
    assert!(misbehaver_with("obey", "", AMPLE).is_ok());
    let load_fault = |limits| match misbehaver_with("obey", "", limits) {
        Err(LoadError::Fault { fault, .. }) => fault,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it loads"),
    };
    let memory = load_fault(Limits { memory_bytes: 64 << 10, ..AMPLE });
    assert!(matches!(memory, Fault::OutOfMemory { limit: 65_536, .. }), "{memory:?}");
    let table = load_fault(Limits { table_elements: 1, ..AMPLE });
    assert!(matches!(table, Fault::OutOfTable { limit: 1, .. }), "{table:?}");
}

/// Work that waits for memory uses little fuel: only the clock stops it. The fuel here would last
/// for hours.
#[test]
fn a_guest_that_burns_time_within_its_fuel_is_stopped_at_its_deadline() {
    let evaluate_time = Duration::from_millis(150);
    for mode in ["chase", "loop"] {
        let started = Instant::now();
        let found = fault(mode, "", Limits { evaluate_time, ..AMPLE });
        assert_eq!(found, Some(Fault::Deadline(evaluate_time)), "{mode}");
        assert!(started.elapsed() < LONG, "{mode}: {:?}", started.elapsed());
    }
    assert_eq!(fault("deep", "100", Limits { evaluate_time, ..AMPLE }), None);
}

#[test]
fn opening_a_batch_has_a_deadline_too() {
    let open_time = Duration::from_millis(50);
    let limits = Limits { open_time, open_fuel: 1 << 40, ..AMPLE };
    assert_eq!(fault("obey", "", limits), None);
    assert_eq!(fault("loop_in_open", "", limits), Some(Fault::Deadline(open_time)));
}

/// However many rows a rule fails on, the others wait no longer than the search may take, and what
/// the instances cost that are made again.
#[test]
fn the_search_for_the_rows_that_kill_ends_in_time() {
    let short = Duration::from_millis(20);
    let limits = Limits { evaluate_time: short, search_time: 10 * short, ..AMPLE };
    let mut plugin = misbehaver_with("loop", "", limits).expect("a plugin");
    let started = Instant::now();
    plugin.judge(&batch(&["a"; 1024]));
    assert!(started.elapsed() < LONG, "{:?}", started.elapsed());
    let account = plugin.account(0);
    assert!(account.is_closed() && account.faulted == 1024, "{account:?}");
}
