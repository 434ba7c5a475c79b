//! `pack.toml`: what a pack is and for which agents.

use crate::api::{ApiError, ApiRange, ApiVersion};
use crate::day::Day;
use crate::document::{Complaint, Item, Problem, Table};
use crate::id::PackId;
use crate::path::PackPath;

/// Every key of `pack.toml`.
const KEYS: [&str; 8] =
    ["id", "release", "title", "description", "authors", "api", "review_by", "plugins"];
/// Every key of `api`, where it is a table.
const API_KEYS: [&str; 2] = ["min", "max"];
/// Every key of a plugin.
const PLUGIN_KEYS: [&str; 4] = ["path", "fuel", "memory", "capabilities"];

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
    /// For which agents it is.
    pub(crate) api: ApiRange,
    /// When somebody should have looked at it again.
    pub(crate) review_by: Option<Day>,
    /// What components ask for.
    pub(crate) plugins: Vec<Requested>,
}

/// What a component asks for.
#[derive(Debug)]
pub(crate) struct Requested {
    pub(crate) path: PackPath,
    pub(crate) fuel: Option<u64>,
    pub(crate) memory: Option<u64>,
    pub(crate) capabilities: Vec<String>,
}

impl About {
    /// Reads the bytes of a `pack.toml`.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<About, Complaint> {
        let mut table = Table::parse(bytes)?;
        let id = table.require("id")?;
        let about = About {
            id: id.text()?.parse().map_err(|error| id.complain(Problem::Id(error)))?,
            release: positive(&table.require("release")?, Problem::Release)?,
            title: table.words("title")?,
            description: table.words("description")?,
            authors: table.list("authors")?,
            api: api(table.require("api")?)?,
            review_by: table.take("review_by").map(|item| day(&item)).transpose()?,
            plugins: plugins(table.take("plugins"))?,
        };
        table.finish(KEYS)?;
        Ok(about)
    }
}

fn positive(item: &Item<'_>, problem: fn(i64) -> Problem) -> Result<u64, Complaint> {
    let number = item.integer()?;
    let positive = u64::try_from(number).ok().filter(|number| *number > 0);
    positive.ok_or_else(|| item.complain(problem(number)))
}

/// One version, or the oldest and the newest.
fn api(item: Item<'_>) -> Result<ApiRange, Complaint> {
    let at = item.at();
    let range = if item.text().is_ok() {
        let only = version(&item)?;
        ApiRange { min: only, max: only }
    } else {
        let mut table = item.table()?;
        let range = ApiRange {
            min: version(&table.require("min")?)?,
            max: version(&table.require("max")?)?,
        };
        table.finish(API_KEYS)?;
        range
    };
    range.check().map_err(|error| Complaint { at, problem: Problem::Api(error) })?;
    Ok(range)
}

fn version(item: &Item<'_>) -> Result<ApiVersion, Complaint> {
    item.text()?.parse().map_err(|error: ApiError| item.complain(error))
}

fn day(item: &Item<'_>) -> Result<Day, Complaint> {
    item.text()?.parse().map_err(|error| item.complain(Problem::Day(error)))
}

fn plugins(list: Option<Item<'_>>) -> Result<Vec<Requested>, Complaint> {
    let Some(list) = list else { return Ok(Vec::new()) };
    let mut plugins: Vec<Requested> = Vec::new();
    for item in list.items()? {
        let at = item.at();
        let plugin = plugin(item)?;
        if plugins.iter().any(|other| other.path == plugin.path) {
            return Err(Complaint { at, problem: Problem::PluginTwice(plugin.path) });
        }
        plugins.push(plugin);
    }
    Ok(plugins)
}

fn plugin(item: Item<'_>) -> Result<Requested, Complaint> {
    let mut table = item.table()?;
    let path = table.require("path")?;
    let amount = |item: Item<'_>| positive(&item, Problem::Amount);
    let requested = Requested {
        path: path.text()?.parse().map_err(|error| path.complain(Problem::Path(error)))?,
        fuel: table.take("fuel").map(amount).transpose()?,
        memory: table.take("memory").map(amount).transpose()?,
        capabilities: table.list("capabilities")?,
    };
    table.finish(PLUGIN_KEYS)?;
    Ok(requested)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "id = \"p\"\nrelease = 3\ntitle = \"T\"\ndescription = \"D\"\napi = \"0.1\"\n\
        review_by = \"2027-02-28\"\n[[plugins]]\npath = \"plugins/a.wasm\"\nfuel = 5\n";

    #[test]
    fn a_description_is_read() {
        let about = About::from_bytes(GOOD.as_bytes()).unwrap();
        assert_eq!((about.id.as_str(), about.release), ("p", 3));
        assert!(about.authors.is_empty());
        assert_eq!(about.review_by, Some("2027-02-28".parse().unwrap()));
        let plugin = &about.plugins[0];
        assert_eq!(
            (plugin.path.as_str(), plugin.fuel, plugin.memory),
            ("plugins/a.wasm", Some(5), None)
        );
    }

    #[test]
    fn a_range_of_versions_is_written_as_a_table() {
        let text = GOOD.replace("\"0.1\"", "{ min = \"0.1\", max = \"0.3\" }");
        assert_eq!(About::from_bytes(text.as_bytes()).unwrap().api.to_string(), "0.1 to 0.3");
    }

    #[test]
    fn other_descriptions_are_refused_with_place_and_value() {
        let cases = [
            ("release = 3", "release = 0", "2:11: release 0 is not a number from 1"),
            ("release = 3", "release = -1", "2:11: release -1"),
            ("release = 3", "release = \"3\"", "2:11: key \"release\" holds string"),
            ("release = 3", "relaese = 3", "1:1: key \"release\" is missing"),
            ("\"p\"", "\"P\"", "1:6: id \"P\""),
            (
                "\"0.1\"",
                "\"0.2\"",
                "5:7: the pack is for agents with api 0.2, and this one has 0.1",
            ),
            ("\"0.1\"", "\"1\"", "5:7: api \"1\" is not a version"),
            ("\"0.1\"", "1", "5:7: key \"api\" holds integer, wanted table"),
            ("\"0.1\"", "{ min = \"0.1\" }", "5:7: key \"max\" is missing"),
            ("\"0.1\"", "{ min = \"0.2\", max = \"0.1\" }", "5:7: api from 0.2 to 0.1 is no range"),
            ("\"T\"", "\" \"", "3:9: key \"title\" is empty"),
            ("2027-02-28", "2027-02-30", "6:13: \"2027-02-30\" is not a day"),
            ("2027-02-28", "20270228", "6:13: \"20270228\""),
            ("\"2027-02-28\"", "2027-02-28", "6:13: key \"review_by\" holds datetime, wanted text"),
            ("plugins/a", "../a", "8:8: file name \"../a.wasm\""),
            ("fuel = 5", "fuel = 0", "9:8: 0 is not a number from 1"),
            ("fuel = 5", "fule = 5", "9:1: unknown key \"fule\", did you mean \"fuel\"?"),
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
