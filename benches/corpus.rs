//! Rules, recorded events and verdicts in the format of the conformance corpus.

mod distinct;
mod long;
mod mutate;
mod read;
mod sample;

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Deserialize;

pub use long::{SEED, SIZES};
pub use read::ReadError;

/// Keys of an event that say where it was recorded and are no columns.
const NO_COLUMNS: &[&str] = &["dataset", "source", "kind", "product", "label"];

/// A rule and an event that it selects: indexes into the rules and the events of a [`Product`].
pub type Pair = (usize, usize);

/// One rule, as its author wrote it and as SQL.
#[derive(Debug, Clone, Deserialize)]
pub struct Rule {
    /// Its id, a UUID in the public rules.
    pub id: String,
    /// Whose events it sees: `windows`, `linux`, `macos`.
    pub product: String,
    /// One SELECT.
    pub sql: String,
    /// The Sigma rule; empty where the file has none.
    #[serde(default)]
    pub yaml: String,
}

/// One recorded event: a line of the events' file.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// From 0.
    pub line: usize,
    /// A JSON object with Sysmon's names.
    pub text: String,
    product: String,
}

/// Everything that was read.
#[derive(Debug)]
pub struct Corpus {
    rules: Vec<Rule>,
    events: Vec<Recorded>,
    /// Lines of events by the id of the rule that selects them.
    verdicts: Option<HashMap<String, Vec<usize>>>,
}

/// The rules of one product, the events that they see, and what they should find.
#[derive(Debug, Clone)]
pub struct Product {
    /// `windows`, `linux`, `macos`.
    pub name: String,
    /// In the order of their file.
    pub rules: Vec<Rule>,
    /// In the order of their file.
    pub events: Vec<Recorded>,
    /// The pairs that an oracle found, if there was one.
    pub expected: Option<HashSet<Pair>>,
}

impl Corpus {
    /// The products that rules are for, by name.
    pub fn products(&self) -> Vec<Product> {
        let names: BTreeSet<&str> = self.rules.iter().map(|rule| &*rule.product).collect();
        names.into_iter().rev().map(|name| self.product(name)).collect()
    }

    fn product(&self, name: &str) -> Product {
        let rules: Vec<_> = self.rules.iter().filter(|r| r.product == name).cloned().collect();
        let events: Vec<_> = self.events.iter().filter(|e| e.product == name).cloned().collect();
        let expected = self.verdicts.as_ref().map(|verdicts| pairs(verdicts, &rules, &events));
        Product { name: name.to_owned(), rules, events, expected }
    }
}

fn pairs(
    verdicts: &HashMap<String, Vec<usize>>,
    rules: &[Rule],
    events: &[Recorded],
) -> HashSet<Pair> {
    let numbers: HashMap<usize, usize> =
        events.iter().enumerate().map(|(number, event)| (event.line, number)).collect();
    let of_rule = |(number, rule): (usize, &Rule)| {
        let lines = verdicts.get(&rule.id).into_iter().flatten();
        lines.filter_map(|line| Some((number, *numbers.get(line)?))).collect::<Vec<Pair>>()
    };
    rules.iter().enumerate().flat_map(of_rule).collect()
}

impl Recorded {
    /// The event as the oracle saw it: without the keys that are no columns.
    ///
    /// # Errors
    /// If the line is no JSON object.
    pub fn columns(&self) -> Result<serde_json::Map<String, serde_json::Value>, ReadError> {
        let object = serde_json::from_str(&self.text);
        let mut object: serde_json::Map<_, _> =
            object.map_err(|cause| ReadError::Event { line: self.line, cause })?;
        NO_COLUMNS.iter().for_each(|key| {
            object.remove(*key);
        });
        Ok(object)
    }

    /// An event that was never recorded: this text under the line after the last.
    pub fn made_up(line: usize, text: String, product: &str) -> Self {
        Recorded { line, text, product: product.to_owned() }
    }
}
