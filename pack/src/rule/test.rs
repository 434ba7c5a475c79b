//! The tests that a rule brings along.

use std::fmt;

use daemoneye_bus::event::{Event, Field, Kind, from_json};
use serde_json::{Map, Value as Json};

use crate::document::{Complaint, Item, Problem, Table, nearest};

/// Every key of a test.
const KEYS: [&str; 4] = ["name", "expect", "event", "events"];

/// What a test expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// The rule finds something in at least one of the events.
    Fire,
    /// The rule finds nothing in any of the events.
    Silent,
}

impl Expect {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Expect::Fire => "fire",
            Expect::Silent => "silent",
        }
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Events, and what the rule must make of them.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleTest {
    /// What the test shows; unique within the rule.
    pub name: String,
    /// What the rule must do.
    pub expect: Expect,
    /// Judged in this order; at least one. Each has a kind and a time.
    pub events: Vec<Event>,
}

impl RuleTest {
    pub(super) fn read(item: Item<'_>) -> Result<RuleTest, Complaint> {
        let mut table = item.table()?;
        let name = table.words("name")?;
        let expect = expectation(&table.require("expect")?)?;
        let events = events(&name, &mut table)?;
        table.finish(KEYS)?;
        Ok(RuleTest { name, expect, events })
    }
}

fn expectation(item: &Item<'_>) -> Result<Expect, Complaint> {
    match item.text()? {
        "fire" => Ok(Expect::Fire),
        "silent" => Ok(Expect::Silent),
        other => Err(item.complain(Problem::Expect(other.to_owned()))),
    }
}

fn events(name: &str, table: &mut Table<'_>) -> Result<Vec<Event>, Complaint> {
    let one = table.take("event").into_iter().map(Ok);
    let many = table.take("events").map(Item::items).transpose()?.unwrap_or_default();
    let events: Vec<Event> = one
        .chain(many.into_iter().map(Ok))
        .map(|item| item.and_then(event))
        .collect::<Result<_, Complaint>>()?;
    match events.is_empty() {
        true => Err(table.complain(Problem::NoEvent(name.to_owned()))),
        false => Ok(events),
    }
}

fn event(item: Item<'_>) -> Result<Event, Complaint> {
    let mut table = item.table()?;
    let keys: Vec<String> = table.keys().map(str::to_owned).collect();
    let mut object = Map::new();
    for key in keys {
        let Some(field) = Field::named(&key) else {
            return Err(table.unknown(&key, Field::ALL.iter().map(|field| field.name())));
        };
        let item = table.take(&key).expect("the key is one of the table's");
        object.insert(field.name().to_owned(), value(field, &key, &item)?);
    }
    object.entry(Field::Kind.name()).or_insert(Json::from(Kind::Exec.name()));
    object.entry(Field::Time.name()).or_insert(Json::from(0));
    from_json(&Json::Object(object).to_string()).map_err(|error| table.complain(error.into()))
}

/// Each value is checked on its own, so that a complaint has the place of the value.
fn value(field: Field, key: &str, item: &Item<'_>) -> Result<Json, Complaint> {
    let json = item.json()?;
    let alone = Json::Object(Map::from_iter([(key.to_owned(), json.clone())]));
    from_json(&alone.to_string()).map_err(|error| item.complain(error))?;
    if field == Field::Kind {
        kind(item)?;
    }
    Ok(json)
}

fn kind(item: &Item<'_>) -> Result<(), Complaint> {
    let (kind, kinds) = (item.text()?, Kind::ALL.map(Kind::name));
    if kinds.contains(&kind) {
        return Ok(());
    }
    let nearest = nearest(kind, kinds).map(str::to_owned);
    Err(item.complain(Problem::Kind { kind: kind.to_owned(), nearest }))
}
