//! What a rule consists of: text in a language, or a component that comes with the pack.

use crate::document::{Complaint, Item, Problem, Table, nearest};
use crate::path::PackPath;

/// Every key of a rule but the one that names its language.
const KEYS: [&str; 12] = [
    "id",
    "title",
    "severity",
    "techniques",
    "why",
    "false_positives",
    "references",
    "window",
    "tests",
    "component",
    "prefilter",
    "budget",
];
/// Every key of a budget.
const BUDGET_KEYS: [&str; 2] = ["fuel_per_event", "memory"];
/// Where the components of a pack are, and how their names end.
const COMPONENTS: (&str, &str) = ("plugins/", ".wasm");
/// The language of prefilters.
const PREFILTER_LANGUAGE: &str = "sql";

/// What judges.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// A text that a language plugin compiles.
    Text(Text),
    /// A component of the pack.
    Component(Component),
}

/// A text, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The key of the text: the name of the language plugin that compiles it, such as `sql`.
    pub language: String,
    /// The text itself.
    pub text: String,
    /// The line of the rule's file on which the text begins, from 1: line `n` of the text is line
    /// `line + n - 1` of the file.
    pub line: u32,
}

/// A component that judges, and what it may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Where it is in the pack: `plugins/NAME.wasm`.
    pub file: PackPath,
    /// The component sees only rows that this finds; without it, all.
    pub prefilter: Option<Text>,
    /// What the author says that the rule needs.
    pub budget: Budget,
}

/// What a rule may use, as its author says. Nothing where the author says nothing. The agent's own
/// limits go before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget {
    /// Fuel for judging one event.
    pub fuel_per_event: Option<u64>,
    /// Linear memory of the component, bytes.
    pub memory: Option<u64>,
}

impl Body {
    /// What is left of a rule's keys.
    pub(super) fn read(mut table: Table<'_>) -> Result<Body, Complaint> {
        let Some(component) = table.take("component") else {
            return language(table).map(Body::Text);
        };
        let file = component_path(&component)?;
        let prefilter = table.take("prefilter").map(|item| text(PREFILTER_LANGUAGE, &item));
        let budget = table.take("budget").map(budget);
        table.finish(KEYS)?;
        let (prefilter, budget) = (prefilter.transpose()?, budget.transpose()?.unwrap_or_default());
        Ok(Body::Component(Component { file, prefilter, budget }))
    }

    /// The text, if the rule is one.
    pub fn text(&self) -> Option<&Text> {
        match self {
            Body::Text(text) => Some(text),
            Body::Component(_) => None,
        }
    }

    /// The component, if the rule is one.
    pub fn component(&self) -> Option<&Component> {
        match self {
            Body::Text(_) => None,
            Body::Component(component) => Some(component),
        }
    }
}

fn component_path(item: &Item<'_>) -> Result<PackPath, Complaint> {
    let text = item.text()?;
    let (folder, ending) = COMPONENTS;
    let name = text.strip_prefix(folder).and_then(|name| name.strip_suffix(ending));
    let plain = name.is_some_and(|name| !name.is_empty() && !name.contains('/'));
    let path = text.parse().ok().filter(|_| plain);
    path.ok_or_else(|| item.complain(Problem::Component(text.to_owned())))
}

fn budget(item: Item<'_>) -> Result<Budget, Complaint> {
    let mut table = item.table()?;
    let mut number = |key| table.take(key).map(|item| positive(&item)).transpose();
    let (fuel_per_event, memory) = (number(BUDGET_KEYS[0])?, number(BUDGET_KEYS[1])?);
    table.finish(BUDGET_KEYS)?;
    Ok(Budget { fuel_per_event, memory })
}

fn positive(item: &Item<'_>) -> Result<u64, Complaint> {
    let number = item.integer()?;
    let positive = u64::try_from(number).ok().filter(|number| *number > 0);
    positive.ok_or_else(|| item.complain(Problem::Budget(number)))
}

/// The one key that is left names the language; a key that looks like a known one is a mistake.
fn language(mut table: Table<'_>) -> Result<Text, Complaint> {
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
    let none = table.complain(Problem::NoLanguage);
    let lonely = ["prefilter", "budget"].into_iter().find(|key| table.keys().any(|k| k == *key));
    if let Some(item) = lonely.and_then(|key| table.take(key)) {
        return Err(item.complain(Problem::WithoutComponent(item.key().to_owned())));
    }
    let found = language.and_then(|key| table.take(&key).map(|item| text(&key, &item)));
    table.finish(KEYS)?;
    found.ok_or(none)?
}

fn text(language: &str, item: &Item<'_>) -> Result<Text, Complaint> {
    let (language, text) = (language.to_owned(), item.text()?.to_owned());
    Ok(Text { language, text, line: item.text_line() })
}
