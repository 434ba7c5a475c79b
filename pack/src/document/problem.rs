//! What can be wrong with a document, and where.

use std::fmt;

use daemoneye_bus::alert::ParseSeverityError;
use daemoneye_bus::event::JsonError;

use crate::api::ApiError;
use crate::day::DayError;
use crate::id::IdError;
use crate::path::{PackPath, PathError};
use crate::rule::TechniqueError;

/// A place in a text, counted from 1; a column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The character within the line.
    pub column: u32,
}

impl Position {
    /// Where the byte with this offset stands. An offset beyond the text means its end.
    pub(crate) fn of(text: &str, offset: usize) -> Position {
        let before = &text[..text.floor_char_boundary(offset)];
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Position {
            line: count(before.matches('\n').count() + 1),
            column: count(before[start..].chars().count() + 1),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Something wrong at a place.
#[derive(Debug, thiserror::Error)]
#[error("{at}: {problem}")]
pub struct Complaint {
    /// Where.
    pub at: Position,
    /// What.
    pub problem: Problem,
}

/// What is wrong with a rule file or a `pack.toml`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Not UTF-8.
    #[error("no UTF-8 text")]
    Encoding,
    /// Not TOML; the text is the TOML parser's.
    #[error("no TOML: {0}")]
    Syntax(String),
    /// A key that nothing has.
    #[error("unknown key {key:?}{}", did_you_mean(.nearest.as_deref()))]
    UnknownKey {
        /// The key.
        key: String,
        /// The known key that looks most like it, if one does.
        nearest: Option<String>,
    },
    /// A key that must be there.
    #[error("key {0:?} is missing")]
    MissingKey(&'static str),
    /// A text that must say something.
    #[error("key {0:?} is empty")]
    Empty(String),
    /// A value of another type.
    #[error("key {key:?} holds {found}, wanted {expected}")]
    Type {
        /// The key.
        key: String,
        /// What the key holds.
        expected: &'static str,
        /// What it held.
        found: &'static str,
    },
    /// No id.
    #[error(transparent)]
    Id(#[from] IdError),
    /// The id of a rule is not the name of its file.
    #[error("id {id:?} is not the name of the file {file:?}")]
    Name {
        /// The id.
        id: String,
        /// The name of the file, without `.toml`.
        file: String,
    },
    /// A release that is no positive number.
    #[error("release {0} is not a number from 1")]
    Release(i64),
    /// For no agent, or not for this one.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// A day that is none.
    #[error(transparent)]
    Day(#[from] DayError),
    /// An amount that is no positive number.
    #[error("{0} is not a number from 1")]
    Amount(i64),
    /// A component that is described twice.
    #[error("plugin {0} is described twice")]
    PluginTwice(PackPath),
    /// No file of a pack.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A span of time that is none.
    #[error(
        "window {0:?} is not a whole number from 1 with s, m, h or d, up to 30d, such as \"5m\""
    )]
    Window(String),
    /// No severity.
    #[error(transparent)]
    Severity(#[from] ParseSeverityError),
    /// No technique.
    #[error(transparent)]
    Technique(#[from] TechniqueError),
    /// A rule without the text of a rule.
    #[error(
        "no rule text: one key must name the language, such as sql = \"SELECT ...\", or it is \
         component = \"plugins/NAME.wasm\""
    )]
    NoLanguage,
    /// A rule in two languages.
    #[error("two rule texts, {first:?} and {second:?}: a rule has one language")]
    TwoLanguages {
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
    /// A component that is not where components are.
    #[error("component {0:?} is not of the form \"plugins/NAME.wasm\"")]
    Component(String),
    /// A key that says something about a component, in a rule that has none.
    #[error("key {0:?} is for rules with a component")]
    WithoutComponent(String),
    /// Nothing tells a component for how long an event counts.
    #[error("key \"window\" is for rules with a text")]
    ComponentWindow,
    /// A budget of nothing.
    #[error("budget {0} is not a whole number from 1")]
    Budget(i64),
    /// A test that expects neither.
    #[error("expect {0:?} is neither \"fire\" nor \"silent\"")]
    Expect(String),
    /// A test without events.
    #[error("test {0:?} has no event: write event = {{ ... }} or events = [ ... ]")]
    NoEvent(String),
    /// Two tests with one name.
    #[error("test name {0:?} is taken")]
    TestName(String),
    /// An event that the schema does not allow.
    #[error(transparent)]
    Event(#[from] JsonError),
    /// A kind that no event has.
    #[error("kind {kind:?} is no kind of event{}", did_you_mean(.nearest.as_deref()))]
    Kind {
        /// What stands there.
        kind: String,
        /// The kind that looks most like it, if one does.
        nearest: Option<String>,
    },
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!(", did you mean {nearest:?}?")).unwrap_or_default()
}

/// The name that looks most like this word, if one differs in no more than a third of the letters.
pub(crate) fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let word = word.to_ascii_lowercase();
    let distance = |name: &'n str| (strsim::osa_distance(&word, &name.to_ascii_lowercase()), name);
    let (distance, name) = names.into_iter().map(distance).min()?;
    (distance <= (word.chars().count() / 3).max(1)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_counts_lines_and_characters_from_one() {
        let text = "ab\näöx\r\ny";
        let cases =
            [(0, (1, 1)), (2, (1, 3)), (3, (2, 1)), (7, (2, 3)), (10, (3, 1)), (99, (3, 2))];
        for (offset, (line, column)) in cases {
            assert_eq!(Position::of(text, offset), Position { line, column }, "{offset}");
        }
    }

    #[test]
    fn only_a_similar_name_is_suggested() {
        let names = ["title", "techniques", "why", "id"];
        let cases = [
            ("titel", Some("title")),
            ("Title", Some("title")),
            ("technique", Some("techniques")),
            ("sql", None),
            ("js", None),
            ("sigma", None),
            ("", None),
        ];
        for (word, expected) in cases {
            assert_eq!(nearest(word, names), expected, "{word}");
        }
    }
}
