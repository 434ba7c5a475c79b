//! Public rules over recorded events: the verdicts of sqlite3, no more and no fewer.
//!
//! The corpus lies beside the project, or where `DAEMONEYE_CORPUS` says.

#[path = "language/row.rs"]
mod row;

use daemoneye_plan::Literal;
use daemoneye_sdk::language::{Field, FieldType, Schema};
use daemoneye_sql::compile;
use row::{Row, matching};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Fields of recorded events, all of them text as in the database that gave the verdicts.
const FIELDS: &[&str] = &[
    "CommandLine",
    "Company",
    "Computer",
    "CurrentDirectory",
    "Description",
    "EventID",
    "FileVersion",
    "GrandParentImage",
    "Hashes",
    "Image",
    "imphash",
    "IntegrityLevel",
    "LogonGuid",
    "LogonId",
    "OriginalFileName",
    "ParentCommandLine",
    "ParentImage",
    "ParentProcessGuid",
    "ParentProcessId",
    "ParentUser",
    "ProcessGuid",
    "ProcessId",
    "Product",
    "Provider_Name",
    "TerminalSessionId",
    "User",
    "UtcTime",
    "md5",
    "sha1",
    "sha256",
];

fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let place = std::env::var_os("DAEMONEYE_CORPUS").map_or(beside, PathBuf::from);
    place.join("sigma-rules.jsonl").is_file().then_some(place)
}

fn lines(path: &Path) -> Vec<Map<String, Value>> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let object = |line: &str| serde_json::from_str(line).expect("a line of JSON");
    text.lines().map(object).collect()
}

fn text(object: &Map<String, Value>, key: &str) -> String {
    object[key].as_str().expect("text").to_owned()
}

fn schema() -> Schema {
    let field = |name: &&str| Field {
        name: (*name).to_owned(),
        type_: FieldType::Text,
        aliases: Vec::new(),
        provided: true,
    };
    Schema::new(FIELDS.iter().map(field).collect())
}

fn row(event: &Map<String, Value>) -> Row {
    let value = |name: &&'static str| {
        let found = match event.get(*name)? {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Some((*name, Literal::Text(found)))
    };
    FIELDS.iter().filter_map(value).collect()
}

#[test]
#[expect(clippy::print_stdout, reason = "who runs the test is told that it compared nothing")]
fn every_public_rule_selects_what_sqlite_selects() {
    let Some(corpus) = corpus() else {
        println!("no corpus at ../shared/corpus, nothing was compared");
        return;
    };
    let mut events: BTreeMap<String, (Vec<u64>, Vec<Row>)> = BTreeMap::new();
    for (number, event) in (0..).zip(lines(&corpus.join("events.jsonl"))) {
        let (numbers, rows) = events.entry(text(&event, "product")).or_default();
        numbers.push(number);
        rows.push(row(&event));
    }
    let expected: BTreeSet<(String, u64)> = lines(&corpus.join("sqlite-verdicts.jsonl"))
        .iter()
        .flat_map(|verdict| {
            let events = verdict["events"].as_array().expect("a list").clone();
            let rule = text(verdict, "rule");
            events.into_iter().map(move |e| (rule.clone(), e.as_u64().expect("a number")))
        })
        .collect();
    let (schema, mut found) = (schema(), BTreeSet::new());
    for rule in lines(&corpus.join("sigma-rules.jsonl")) {
        let (id, sql) = (text(&rule, "id"), text(&rule, "sql"));
        let compiled = compile(&schema, &sql).unwrap_or_else(|refused| panic!("{id}: {refused:?}"));
        let Some((numbers, rows)) = events.get(&text(&rule, "product")) else { continue };
        found.extend(matching(&compiled, rows).into_iter().map(|n| (id.clone(), numbers[n])));
    }
    let missing: Vec<_> = expected.difference(&found).collect();
    let extra: Vec<_> = found.difference(&expected).collect();
    assert!(!expected.is_empty(), "verdicts to compare with");
    assert!(missing.is_empty() && extra.is_empty(), "missing {missing:?}, extra {extra:?}");
}
