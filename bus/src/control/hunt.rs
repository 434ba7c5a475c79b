//! Questions over stored events, and their answers page by page.

use serde::{Deserialize, Serialize};

use super::Cell;

/// A question over stored events. Times are microseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Hunt {
    /// One SELECT.
    pub sql: String,
    /// The values of `?1`, `?2` and so on; nothing is NULL.
    pub numbered: Vec<Option<Cell>>,
    /// The values of `:name`, by name.
    pub named: Vec<(String, Option<Cell>)>,
    /// Only events that are not older.
    pub since: Option<i64>,
    /// Only events that are older.
    pub until: Option<i64>,
    /// At most so many rows.
    pub limit: u32,
    /// For so many milliseconds; the agent has a bound of its own besides.
    pub time_ms: u64,
}

/// How far an answer is. Whoever wants more of it asks for [`super::Request::More`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HuntAnswer {
    /// Names the question, for [`super::Request::More`].
    pub id: u64,
    /// Labels; none before the answer is there.
    pub columns: Vec<String>,
    /// The next rows: one value per column, nothing for NULL.
    pub rows: Vec<Vec<Option<Cell>>>,
    /// Events that were looked at so far.
    pub scanned: u64,
    /// Events that may have to be looked at.
    pub of: u64,
    /// With the last rows.
    pub end: Option<HuntEnd>,
}

/// What is to be known of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HuntEnd {
    /// Events that the condition found.
    pub matched: u64,
    /// Whether there are more rows than asked for.
    pub more: bool,
    /// Why the answer is not complete, one sentence each; none if it is.
    pub degraded: Vec<String>,
    /// How long it took, microseconds.
    pub took: u64,
}

/// A rule to be tried on stored events. Times are microseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Trial {
    /// The name of the rule's file.
    pub file: String,
    /// What is in it.
    pub text: String,
    /// Only events that are not older.
    pub since: Option<i64>,
    /// Only events that are older.
    pub until: Option<i64>,
    /// Findings that are told of at most.
    pub limit: u32,
}

/// What a rule would have raised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialReport {
    /// The rule's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Why it can never match here, if so.
    pub inert: Option<String>,
    /// Events that were looked at.
    pub scanned: u64,
    /// Events on which it matches.
    pub matched: u64,
    /// Different programs among them.
    pub programs: u64,
    /// Events that it could not judge.
    pub unjudged: u64,
    /// What it cost, units of fuel; what the engine does for all rules together is counted to it.
    pub fuel: u64,
    /// Labels of the findings.
    pub columns: Vec<String>,
    /// The first findings, by time: one value per column, nothing where there is none.
    pub rows: Vec<Vec<Option<Cell>>>,
    /// Why the report is not complete, one sentence each; none if it is.
    pub degraded: Vec<String>,
}
