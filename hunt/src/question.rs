//! Text and parameters become something that can be run, and what comes of it.

use daemoneye_engine::{BatchError, Datum, LoadError, Query};
use daemoneye_sdk::language::Diagnostic;
use daemoneye_sql::Parameters;
use daemoneye_store::{ReadError, Store};

use crate::budget::{Budget, Progress};
use crate::complete::Incomplete;
use crate::scan::Scan;
use crate::window::Window;

/// A question, ready to be asked of any store.
#[derive(Debug)]
pub struct Question {
    query: daemoneye_plan::Query,
    labels: Vec<String>,
    window: Window,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HuntError {
    /// The text is no question.
    #[error("{}", lines(.0))]
    Refused(Vec<Diagnostic>),
    /// The engine cannot run it.
    #[error("{0}")]
    Load(#[from] LoadError),
    /// The engine was given another batch than it asked for.
    #[error("{0}")]
    Batch(#[from] BatchError),
    /// The store.
    #[error("store: {0}")]
    Store(#[from] ReadError),
    /// It needs more memory than it may have.
    #[error("the answer needs more than {} MiB: ask for fewer columns, groups or rows", .0 >> 20)]
    Memory(usize),
    /// Nobody wants to know any more.
    #[error("the question was given up")]
    Cancelled,
}

fn lines(diagnostics: &[Diagnostic]) -> String {
    let line = |found: &Diagnostic| {
        let Diagnostic { at, message, help } = found;
        let help = if help.is_empty() { String::new() } else { format!(" ({help})") };
        format!("{}:{}: {message}{help}", at.line, at.column)
    };
    diagnostics.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// One value per column each.
    pub rows: Vec<Vec<Datum>>,
    /// Whether there are more rows than were wanted.
    pub more: bool,
    /// Events that the condition found.
    pub matched: u64,
    /// Why something may be missing; nothing if the answer is complete.
    pub incomplete: Vec<Incomplete>,
}

impl Question {
    /// Compiles the text, for events of this window alone.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(sql: &str, parameters: &Parameters, window: Window) -> Result<Self, HuntError> {
        let schema = daemoneye_native::schema();
        let bounds = daemoneye_sql::Bounds { since: window.since, until: window.until };
        let question = daemoneye_sql::question(&schema, sql, parameters, bounds)
            .map_err(HuntError::Refused)?;
        let daemoneye_sql::Question { query, labels } = question;
        // Expressions that do not compile are told of before anything is looked at.
        Query::load(&query)?;
        let window = window.narrowed(query.plan());
        Ok(Question { query, labels, window })
    }

    /// Asks the store for at most so many rows.
    ///
    /// # Errors
    /// If the store cannot be read, the memory does not suffice, or the question is given up.
    pub fn ask(
        &self,
        store: &Store,
        most: u64,
        budget: &Budget,
        progress: &Progress,
    ) -> Result<Told, HuntError> {
        let snapshot = store.snapshot()?;
        let mut incomplete = Incomplete::known(snapshot.spans(), self.window);
        let scan = Scan::new(&self.query, &snapshot, self.window, most, *budget, progress);
        let scanned = scan.run()?;
        let matched = scanned.found.matched;
        let answer = Query::load(&self.query)?.answer(scanned.found, most);
        incomplete.extend(scanned.incomplete);
        if answer.over_budget > 0 {
            incomplete.push(Incomplete::Costly(answer.over_budget));
        }
        let columns = self.labels.clone();
        Ok(Told { columns, rows: answer.rows, more: answer.more, matched, incomplete })
    }
}
