//! A rule may ask what another process is.

use daemoneye_engine::Engine;
use daemoneye_plan::{Builder, Case, ColumnType, Comparison, Literal, Plan, Test};
use daemoneye_sdk::rules::Evidence;

use crate::batch::{Row, judge, matched, text};

/// Starts whose parent, by key, has this name.
pub(crate) fn child_of(name: &str) -> Plan {
    let mut plan = Builder::new();
    let key = plan.column("parent_key", ColumnType::Text);
    let parent = plan.process(key, "name", ColumnType::Text);
    let clause = plan.clause("p.name = 'bash'");
    let right = plan.literal(text(name));
    let (comparison, case) = (Comparison::Equal, Case::Ignored);
    plan.leaf(Some(clause), Test::Compare { comparison, left: parent, right, case });
    plan.finish().expect("a leaf")
}

fn engine() -> Engine {
    Engine::load(vec![("child".into(), child_of("bash"))]).expect("loads")
}

pub(crate) fn event(kind: &str, key: &str, parent: &str, name: Option<&str>) -> Row {
    let name = name.map_or(Literal::Null, text);
    let (kind, key, parent) = (text(kind), text(key), text(parent));
    vec![("kind", kind), ("process_key", key), ("parent_key", parent), ("name", name)]
}

/// The rows of one batch that match.
fn children(engine: &Engine, rows: &[Row]) -> Vec<u32> {
    matched(&judge(engine, &[], rows)[0])
}

#[test]
fn a_parent_is_found_in_its_own_batch_and_in_later_ones() {
    let engine = engine();
    let first = [event("start", "7", "1", Some("bash")), event("start", "8", "7", Some("ls"))];
    assert_eq!(children(&engine, &first), [1]);
    assert_eq!(children(&engine, &[event("exec", "9", "7", Some("id"))]), [0]);
    assert_eq!(children(&engine, &[event("exec", "10", "8", Some("id"))]), [] as [u32; 0]);
}

#[test]
fn evidence_shows_the_other_process() {
    let engine = engine();
    let rows = [event("start", "7", "1", Some("bash")), event("start", "8", "7", Some("ls"))];
    let evidence = &judge(&engine, &[], &rows)[0].findings[0].evidence;
    let (clause, field) = ("p.name = 'bash'".to_owned(), "name".to_owned());
    assert_eq!(*evidence, [Evidence { clause, field, value: "bash".to_owned() }]);
}

#[test]
fn a_process_that_stopped_is_found_until_its_batch_ends() {
    let engine = engine();
    children(&engine, &[event("snapshot", "7", "1", Some("bash"))]);
    let stopping = [event("stop", "7", "1", Some("bash")), event("start", "8", "7", Some("ls"))];
    assert_eq!(children(&engine, &stopping), [1]);
    assert!(children(&engine, &[event("start", "9", "7", Some("ls"))]).is_empty());
}

#[test]
fn what_a_later_event_does_not_say_is_not_forgotten_and_what_it_says_is_learned() {
    let engine = engine();
    children(&engine, &[event("start", "7", "1", Some("bash")), event("modify", "7", "1", None)]);
    assert_eq!(children(&engine, &[event("start", "8", "7", Some("ls"))]), [0]);
    children(&engine, &[event("exec", "7", "1", Some("nginx"))]);
    assert!(children(&engine, &[event("start", "9", "7", Some("ls"))]).is_empty());
}

#[test]
fn a_process_id_that_is_used_again_has_another_key() {
    let engine = engine();
    children(&engine, &[event("start", "boot:7:100", "1", Some("bash"))]);
    children(&engine, &[event("start", "boot:7:200", "1", Some("nginx"))]);
    assert_eq!(children(&engine, &[event("start", "8", "boot:7:100", Some("ls"))]), [0]);
    assert!(children(&engine, &[event("start", "9", "boot:7:200", Some("ls"))]).is_empty());
}

#[test]
fn an_unknown_or_absent_parent_is_null() {
    let engine = engine();
    let mut orphan = event("start", "8", "", Some("ls"));
    orphan.retain(|(column, _)| *column != "parent_key");
    let rows = [event("start", "9", "404", Some("ls")), orphan];
    assert!(children(&engine, &rows).is_empty());
    assert_eq!(engine.counters().evicted_processes, 0);
}
