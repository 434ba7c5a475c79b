//! Public rules over recorded events: exactly the verdicts of sqlite3.
//!
//! The corpus lies in `../shared/corpus` from the project's root, or where the environment variable
//! `DAEMONEYE_CORPUS` says. Where it is absent, the test says so and passes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use daemoneye_bus::event::{Field, FieldType, Kind};
use daemoneye_engine::Engine;
use daemoneye_plan::Plan;
use daemoneye_sdk::rules::{Batch, Column};
use daemoneye_sigma::compile;
use serde_json::Value as Json;

/// More than any rule needs for one row.
const STEPS: u64 = 100_000_000;
const BATCH: usize = 1024;

/// A rule, and the line of an event that it selects.
type Pairs = BTreeSet<(String, usize)>;

fn corpus() -> Option<PathBuf> {
    let named = std::env::var_os("DAEMONEYE_CORPUS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let mut places = named.into_iter().chain(beside.map(|root| root.join("../shared/corpus")));
    places.find(|place| place.join("sigma-rules.jsonl").is_file())
}

fn lines(corpus: &Path, name: &str) -> Vec<Json> {
    let text = std::fs::read_to_string(corpus.join(name)).expect(name);
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

/// The values of a column; an event says start unless it says something else.
fn column(name: &str, events: &[&Json]) -> Column {
    let field = Field::named(name).expect("a declared column is a field");
    let value = |event: &Json| match field {
        Field::Kind => Json::from(Kind::Exec.name()),
        _ => field
            .aliases()
            .iter()
            .map(|alias| event[alias].clone())
            .find(|v| !v.is_null())
            .unwrap_or_default(),
    };
    let values: Vec<Json> = events.iter().map(|event| value(event)).collect();
    match field.field_type() {
        FieldType::Integer => Column::Integers(values.iter().map(Json::as_i64).collect()),
        _ => Column::Text(values.iter().map(text).collect()),
    }
}

fn text(value: &Json) -> Option<String> {
    match value {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn judge(engine: &Engine, events: &[(usize, &Json)]) -> Pairs {
    let mut pairs = Pairs::new();
    for part in events.chunks(BATCH) {
        let rows: Vec<_> = part.iter().map(|(_, event)| *event).collect();
        let columns = engine.declaration().columns.iter().map(|name| column(name, &rows)).collect();
        let rows = u32::try_from(rows.len()).expect("a batch is small");
        let scan = engine.open(Batch::new(rows, columns)).expect("the declared columns");
        for candidate in scan.candidates() {
            let verdict = scan.evaluate(candidate.rule, &candidate.rows, STEPS);
            assert!(verdict.over_budget.is_empty(), "the steps suffice");
            let rule = &engine.declaration().rules[candidate.rule as usize].id;
            let line = |row: u32| part[row as usize].0;
            pairs.extend(verdict.findings.iter().map(|found| (rule.clone(), line(found.row))));
        }
    }
    pairs
}

fn name(json: &Json) -> String {
    json.as_str().expect("text").to_owned()
}

fn expected(corpus: &Path) -> Pairs {
    let line = |json: &Json| usize::try_from(json.as_u64().expect("a line")).expect("few lines");
    let verdicts = lines(corpus, "sqlite-verdicts.jsonl");
    let pairs = verdicts.iter().flat_map(|verdict| {
        let events = verdict["events"].as_array().expect("a list");
        events.iter().map(move |event| (name(&verdict["rule"]), line(event)))
    });
    pairs.collect()
}

#[test]
fn every_public_rule_compiles_and_gives_the_verdicts_of_sqlite() {
    let Some(corpus) = corpus() else {
        eprintln!("the corpus is absent from ../shared/corpus: nothing is tested here");
        return;
    };
    let schema = daemoneye_native::schema();
    let mut plans = BTreeMap::<String, Vec<_>>::new();
    for rule in lines(&corpus, "sigma-rules.jsonl") {
        let compiled = compile(&schema, None, rule["yaml"].as_str().expect("text"));
        let compiled = compiled.unwrap_or_else(|refused| panic!("{}: {refused:?}", rule["path"]));
        assert_eq!(compiled.about.id.as_deref(), rule["id"].as_str());
        let plan = Plan::from_bytes(&compiled.plan).expect("what is compiled is a plan");
        plans.entry(name(&rule["product"])).or_default().push((name(&rule["id"]), plan));
    }
    let events = lines(&corpus, "events.jsonl");
    let mut found = Pairs::new();
    for (product, plans) in plans {
        let engine = Engine::load(plans).expect("the engine takes the plans");
        let of_product = |(_, event): &(usize, &Json)| event["product"] == *product;
        let events: Vec<_> = events.iter().enumerate().filter(of_product).collect();
        found.extend(judge(&engine, &events));
    }
    let expected = expected(&corpus);
    assert!(!expected.is_empty(), "the corpus has verdicts");
    let missing: Vec<_> = expected.difference(&found).collect();
    let extra: Vec<_> = found.difference(&expected).collect();
    assert!(missing.is_empty() && extra.is_empty(), "missing {missing:?}, extra {extra:?}");
}
