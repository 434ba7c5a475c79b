//! A rule from the text of its file.

use std::collections::HashSet;

use daemoneye_bus::alert::Severity;

use super::{Rule, RuleTest, Technique, window};
use crate::document::{Complaint, Item, Problem, Table, nearest};
use crate::id::RuleId;

/// Every key of a rule but the one that names its language.
const KEYS: [&str; 9] = [
    "id",
    "title",
    "severity",
    "techniques",
    "why",
    "false_positives",
    "references",
    "window",
    "tests",
];

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
        let window = table.take("window").map(|item| window::seconds(&item)).transpose()?;
        let tests = tests(table.take("tests"))?;
        let (language, text) = language(table)?;
        let (text, text_line) = (text.text()?.to_owned(), text.text_line());
        Ok(Rule {
            id,
            title,
            severity,
            techniques,
            why,
            false_positives,
            references,
            language,
            text,
            window,
            text_line,
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

/// The one key that is left names the language; a key that looks like a known one is a mistake.
fn language(mut table: Table<'_>) -> Result<(String, Item<'_>), Complaint> {
    let language = |key: &&str| table.holds_text(key) && nearest(key, KEYS).is_none();
    let candidates: Vec<&str> = table.keys().filter(language).collect();
    let language = match candidates[..] {
        [] => None,
        [one] => Some(one.to_owned()),
        [first, second, ..] => {
            let (first, second) = (first.to_owned(), second.to_owned());
            return Err(table.complain(Problem::TwoLanguages { first, second }));
        }
    };
    let text = language.and_then(|key| table.take(&key).map(|item| (key, item)));
    let none = table.complain(Problem::NoLanguage);
    table.finish(KEYS)?;
    text.ok_or(none)
}
