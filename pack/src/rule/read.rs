//! A rule from the text of its file.

use std::collections::HashSet;

use daemoneye_bus::alert::Severity;

use super::{Body, Rule, RuleTest, Technique, window};
use crate::document::{Complaint, Item, Problem, Table};
use crate::id::RuleId;

impl Rule {
    /// Reads the bytes of the rule file with this name (without `.toml`).
    ///
    /// # Errors
    /// The first thing that is wrong with it, and its place.
    pub fn from_bytes(file: &str, bytes: &[u8]) -> Result<Rule, Complaint> {
        let mut table = Table::parse(bytes)?;
        let id = id(file, &table.require("id")?)?;
        let title = table.words("title")?;
        let severity = severity(&table.require("severity")?)?;
        let techniques = techniques(table.require("techniques")?)?;
        let why = table.words("why")?;
        let false_positives = table.require("false_positives")?.list()?;
        let references = table.list("references")?;
        let window = table.take("window");
        let window_at = window.as_ref().map(Item::at);
        let window = window.map(|item| window::seconds(&item)).transpose()?;
        let tests = tests(table.take("tests"))?;
        let body = Body::read(table)?;
        if let (Body::Component(_), Some(at)) = (&body, window_at) {
            return Err(Complaint { at, problem: Problem::ComponentWindow });
        }
        Ok(Rule {
            id,
            title,
            severity,
            techniques,
            why,
            false_positives,
            references,
            body,
            window,
            tests,
        })
    }
}

fn id(file: &str, item: &Item<'_>) -> Result<RuleId, Complaint> {
    let id: RuleId = item.text()?.parse().map_err(|error| item.complain(Problem::Id(error)))?;
    if id.as_str() == file {
        return Ok(id);
    }
    Err(item.complain(Problem::Name { id: id.to_string(), file: file.to_owned() }))
}

fn severity(item: &Item<'_>) -> Result<Severity, Complaint> {
    item.text()?.parse().map_err(|error| item.complain(Problem::Severity(error)))
}

fn techniques(list: Item<'_>) -> Result<Vec<Technique>, Complaint> {
    let technique = |item: &Item<'_>| {
        item.text()?.parse().map_err(|error| item.complain(Problem::Technique(error)))
    };
    list.items()?.iter().map(technique).collect()
}

fn tests(list: Option<Item<'_>>) -> Result<Vec<RuleTest>, Complaint> {
    let Some(list) = list else { return Ok(Vec::new()) };
    let mut names = HashSet::new();
    let mut tests = Vec::new();
    for item in list.items()? {
        let at = item.at();
        let test = RuleTest::read(item)?;
        if !names.insert(test.name.clone()) {
            return Err(Complaint { at, problem: Problem::TestName(test.name) });
        }
        tests.push(test);
    }
    Ok(tests)
}
