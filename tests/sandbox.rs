//! What plugins do wrong, each sin against its limit, and what it costs the others: nothing.

use std::time::Duration;

use daemoneye_bus::event::{Batch, Event, Field, Kind};
use daemoneye_host::capability::Grants;
use daemoneye_host::plugin::{
    Fault, Limits, LoadError, Plan, Receipt, RulePlugin, RuleTemplate, Sandbox, SinkPlugin,
};
use daemoneye_tests::{cache, component};

/// Longer than anything here takes.
pub(crate) const LONG: Duration = Duration::from_secs(60);

pub(crate) fn sandbox() -> Sandbox {
    Sandbox::new(Some(&cache())).expect("a sandbox")
}

pub(crate) fn batch(command_lines: &[&str]) -> Batch {
    let event = |line: &&str| Event::new(Kind::Exec, 1).with(Field::CommandLine, *line);
    Batch::from_events(&command_lines.iter().map(event).collect::<Vec<_>>()).expect("events")
}

/// A guest in this mode; the amount is for modes that have one.
pub(crate) fn misbehaver_with(
    mode: &str,
    amount: &str,
    limits: Limits,
) -> Result<RulePlugin, LoadError> {
    load(&template()?, mode, amount, limits)
}

/// The same in both ways in which a plugin can be asked: by the batch that it keeps, and by scans.
pub(crate) fn misbehavers(mode: &str, amount: &str, limits: Limits) -> [RulePlugin; 2] {
    let template = template().expect("a plugin");
    [template.clone(), template.by_scans()].map(|template| {
        load(&template, mode, amount, limits).unwrap_or_else(|error| panic!("{mode}: {error}"))
    })
}

fn template() -> Result<RuleTemplate, LoadError> {
    RuleTemplate::compile(&sandbox(), "misbehaver", &component("test/misbehaver.wasm"))
}

fn load(
    template: &RuleTemplate,
    mode: &str,
    amount: &str,
    limits: Limits,
) -> Result<RulePlugin, LoadError> {
    let plan = Plan { rule: mode.to_owned(), bytes: amount.as_bytes().to_vec() };
    template.load(vec![plan], limits)
}

pub(crate) fn misbehaver(mode: &str) -> RulePlugin {
    misbehaver_with(mode, "", Limits::RULES).unwrap_or_else(|error| panic!("{mode}: {error}"))
}

#[test]
fn an_obedient_guest_matches_every_row_and_its_account_closes() {
    for mut plugin in misbehavers("obey", "", Limits::RULES) {
        let judgement = plugin.judge(&batch(&["a", "b", "c"]));
        assert_eq!(judgement.findings.len(), 3);
        assert!(judgement.faults.is_empty());
        let account = plugin.account(0);
        assert!(account.is_closed(), "{account:?}");
        assert_eq!((account.offered, account.judged, account.matched), (3, 3, 3));
    }
}

/// A sin in `evaluate` or `open` ends in the fault that names it, and the rows are accounted for.
#[test]
fn every_sin_is_a_fault_that_names_it() {
    type Expected = fn(&Fault) -> bool;
    let table: [(&str, Expected); 9] = [
        ("trap", |fault| matches!(fault, Fault::Trapped(_))),
        ("deep", |fault| matches!(fault, Fault::StackOverflow | Fault::Trapped(_))),
        ("loop", |fault| matches!(fault, Fault::OutOfFuel(_))),
        ("loop_in_open", |fault| matches!(fault, Fault::OutOfFuel(_))),
        ("allocate", |fault| matches!(fault, Fault::OutOfMemory { .. })),
        ("rows_beyond", |fault| matches!(fault, Fault::BadRow { row: 4_000_000, .. })),
        ("rules_beyond", |fault| matches!(fault, Fault::UnknownRule { rule: 99, rules: 1 })),
        ("unordered", |fault| matches!(fault, Fault::BadRow { .. })),
        ("flood", |fault| matches!(fault, Fault::TooMuch(_))),
    ];
    for (mode, expected) in table {
        // Filling memory takes fuel: with less of it, fuel would be what ends first.
        let row_fuel = match mode {
            "allocate" | "flood" => 1 << 40,
            _ => Limits::RULES.row_fuel,
        };
        let limits = Limits { row_fuel, evaluate_time: LONG, ..Limits::RULES };
        for mut plugin in misbehavers(mode, "", limits) {
            let judgement = plugin.judge(&batch(&["a"]));
            assert!(judgement.findings.is_empty(), "{mode}");
            let first = judgement.faults.first();
            let (_, fault, rows) = first.unwrap_or_else(|| panic!("{mode}: none"));
            assert!(expected(fault), "{mode}: {fault:?}");
            assert_eq!(rows, &[0], "{mode}");
            let account = plugin.account(0);
            assert!(account.is_closed() && account.faulted == 1, "{mode}: {account:?}");
        }
    }
}

#[test]
fn a_poison_event_costs_only_itself() {
    let mut lines = vec!["harmless"; 1000];
    lines[7] = "poison";
    lines[512] = "poison";
    lines[999] = "poison";
    for mut plugin in misbehavers("trap_on_poison", "", Limits::RULES) {
        let judgement = plugin.judge(&batch(&lines));
        let mut poisoned: Vec<u32> =
            judgement.faults.iter().flat_map(|(_, _, rows)| rows.clone()).collect();
        poisoned.sort_unstable();
        assert_eq!(poisoned, [7, 512, 999]);
        let account = plugin.account(0);
        assert_eq!((account.judged, account.faulted), (997, 3), "{account:?}");
    }
}

/// A batch is let go of when its time comes, in one way or the other: whoever fails at that has not
/// failed on the next one.
#[test]
fn what_goes_wrong_with_letting_go_of_a_batch_costs_no_event() {
    for mut plugin in misbehavers("trap_in_close", "", Limits::RULES) {
        for round in 1..=4_u64 {
            let judgement = plugin.judge(&batch(&["a"]));
            assert!(judgement.faults.is_empty(), "{:?}", judgement.faults);
            let account = plugin.account(0);
            assert!(account.is_closed() && account.matched == round, "{account:?}");
        }
        assert_eq!(plugin.restarts().count, 3, "each batch but the first found a dead instance");
    }
}

/// The room of a batch with much text is had back, in either way.
#[test]
fn a_batch_of_much_text_is_not_kept() {
    let long = "x".repeat(1 << 20);
    for mut plugin in misbehavers("trap_in_close", "", Limits::RULES) {
        plugin.judge(&batch(&[&long]));
        assert_eq!(plugin.memory_used(), 0, "it was closed, and failed at that");
    }
    let [keeps, scans] = misbehavers("trap_in_close", "", Limits::RULES).map(|mut plugin| {
        plugin.judge(&batch(&["a"]));
        plugin.memory_used()
    });
    assert!(keeps > 0 && scans == 0, "little text stays");
}

#[test]
fn what_fails_while_loading_is_refused_with_the_plugins_name() {
    type Expected = fn(&LoadError) -> bool;
    let table: [(&str, Expected); 4] = [
        ("trap_in_load", |e| matches!(e, LoadError::Fault { fault: Fault::Trapped(_), .. })),
        ("bad_declaration", |e| matches!(e, LoadError::UnknownColumn { .. })),
        ("miscounted", |e| matches!(e, LoadError::Declaration { .. })),
        ("loop_in_constant", |e| matches!(e, LoadError::Fault { fault: Fault::OutOfFuel(_), .. })),
    ];
    let limits = Limits { load_fuel: 100_000_000, ..Limits::RULES };
    for (mode, expected) in table {
        let error = misbehaver_with(mode, "", limits).err().expect(mode);
        assert!(expected(&error), "{mode}: {error:?}");
        assert!(error.to_string().starts_with("plugin misbehaver: "), "{error}");
    }
}

#[test]
fn a_component_of_another_world_or_no_component_is_refused() {
    let sandbox = sandbox();
    let load = |bytes: &[u8]| RuleTemplate::compile(&sandbox, "stranger", bytes).err();
    let sink = load(&component("stdout.wasm")).expect("a sink is no rule");
    assert!(matches!(&sink, LoadError::Import { .. }), "{sink}");
    let language = load(&component("sql.wasm")).expect("a language is no rule");
    assert!(matches!(&language, LoadError::World { world: "rule-plugin", .. }), "{language}");
    assert!(language.to_string().contains("daemoneye:plugin/language"), "{language}");
    let garbage = load(b"\0asm garbage").expect("garbage is no component");
    assert!(matches!(garbage, LoadError::Invalid { .. }), "{garbage}");
}

fn sink(mode: &str, grants: Grants) -> Result<SinkPlugin, LoadError> {
    let bytes = component("test/ungranted.wasm");
    SinkPlugin::load(&sandbox(), "ungranted", &bytes, format!("{{\"mode\":\"{mode}\"}}"), grants)
}

fn all(directory: &std::path::Path) -> Grants {
    Grants { console: true, directory: Some(directory.to_owned()), ..Grants::default() }
}

fn alerts() -> Vec<(String, String)> {
    vec![("1".to_owned(), "{}".to_owned()), ("2".to_owned(), "{}".to_owned())]
}

#[test]
fn a_sink_has_what_is_granted_and_does_not_load_without_it() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(sink("append", all(folder.path())).is_ok());
    let table = [
        (Grants { console: false, ..all(folder.path()) }, "console"),
        (Grants { directory: None, ..all(folder.path()) }, "directory"),
    ];
    for (grants, missing) in table {
        let error = sink("append", grants).err().expect(missing).to_string();
        assert!(error.contains(missing) && error.contains("not granted"), "{error}");
    }
}

#[test]
fn a_sink_delivers_retries_rejects_and_faults_as_it_says() {
    let outside = tempfile::tempdir().expect("a folder");
    let folder = outside.path().join("granted");
    std::fs::create_dir(&folder).expect("a folder in it");
    let deliver = |mode: &str| {
        let mut sink = sink(mode, all(&folder)).unwrap_or_else(|e| panic!("{mode}: {e}"));
        sink.deliver(&alerts())
    };
    assert_eq!(deliver("append"), Ok(vec![Receipt::Delivered, Receipt::Delivered]));
    assert!(matches!(deliver("retry").as_deref(), Ok([Receipt::Retry(_), ..])));
    assert!(matches!(deliver("reject").as_deref(), Ok([Receipt::Rejected(_), ..])));
    assert!(matches!(deliver("traverse").as_deref(), Ok([Receipt::Rejected(_), ..])));
    assert!(matches!(deliver("trap"), Err(Fault::Trapped(_))));
    assert!(matches!(deliver("hang"), Err(Fault::OutOfFuel(_))));
    assert_eq!(deliver("short_receipts"), Err(Fault::Receipts { receipts: 1, alerts: 2 }));
    assert!(!outside.path().join("x").exists());
}
