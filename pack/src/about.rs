//! `pack.toml`: what a pack is and for which agent.

use crate::API;
use crate::document::{Complaint, Item, Problem, Table};
use crate::id::PackId;

/// Every key of `pack.toml`.
const KEYS: [&str; 6] = ["id", "release", "title", "description", "authors", "api"];

/// What `pack.toml` says.
#[derive(Debug)]
pub(crate) struct About {
    /// Names the pack.
    pub(crate) id: PackId,
    /// Counts up from 1 with every release.
    pub(crate) release: u64,
    /// One line for people.
    pub(crate) title: String,
    /// What the pack is for.
    pub(crate) description: String,
    /// Who made it.
    pub(crate) authors: Vec<String>,
}

impl About {
    /// Reads the bytes of a `pack.toml`.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<About, Complaint> {
        let mut table = Table::parse(bytes)?;
        let id = table.require("id")?;
        let about = About {
            id: id.text()?.parse().map_err(|error| id.complain(Problem::Id(error)))?,
            release: release(&table.require("release")?)?,
            title: table.words("title")?,
            description: table.words("description")?,
            authors: table.list("authors")?,
        };
        check_api(&table.require("api")?)?;
        table.finish(KEYS)?;
        Ok(about)
    }
}

fn release(item: &Item<'_>) -> Result<u64, Complaint> {
    let number = item.integer()?;
    let positive = u64::try_from(number).ok().filter(|release| *release > 0);
    positive.ok_or_else(|| item.complain(Problem::Release(number)))
}

fn check_api(item: &Item<'_>) -> Result<(), Complaint> {
    match item.text()? {
        API => Ok(()),
        other => Err(item.complain(Problem::Api { found: other.to_owned(), wanted: API })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "id = \"p\"\nrelease = 3\ntitle = \"T\"\ndescription = \"D\"\napi = \"0.1\"\n";

    #[test]
    fn a_description_is_read() {
        let about = About::from_bytes(GOOD.as_bytes()).unwrap();
        assert_eq!((about.id.as_str(), about.release), ("p", 3));
        assert!(about.authors.is_empty());
    }

    #[test]
    fn other_descriptions_are_refused_with_place_and_value() {
        let cases = [
            ("release = 3", "release = 0", "2:11: release 0 is not a number from 1"),
            ("release = 3", "release = -1", "2:11: release -1"),
            ("release = 3", "release = \"3\"", "2:11: key \"release\" holds string"),
            ("release = 3", "relaese = 3", "1:1: key \"release\" is missing"),
            ("\"p\"", "\"P\"", "1:6: id \"P\""),
            ("\"0.1\"", "\"0.2\"", "5:7: api \"0.2\" is not \"0.1\""),
            ("\"T\"", "\" \"", "3:9: key \"title\" is empty"),
            (
                "api =",
                "author = []\napi =",
                "5:1: unknown key \"author\", did you mean \"authors\"?",
            ),
            ("title =", "title", "3:"),
        ];
        for (from, to, expected) in cases {
            let error = About::from_bytes(GOOD.replace(from, to).as_bytes()).expect_err(to);
            assert!(error.to_string().starts_with(expected), "{to}: {error}");
        }
    }
}
