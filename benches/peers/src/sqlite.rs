//! SQLite: one prepared statement per rule over a table of one row, as the oracle had it.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use daemoneye_benches::contender::{Contender, ContenderError, Loading};
use daemoneye_benches::corpus::{Pair, Product, Recorded, Rule};
use daemoneye_benches::memory::Peak;
use regex::Regex;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};
use serde_json::Value;

/// A column and its text, by the table's order of columns.
type Row = Vec<Option<String>>;

/// The rules of a product as statements.
pub struct Sqlite {
    connection: Connection,
    insert: String,
    /// With the product's number of each.
    rules: Vec<(usize, String)>,
    loading: Loading,
    rows_of_events: Vec<Row>,
    rows: usize,
    taken: usize,
}

impl Sqlite {
    /// Makes the table and prepares every rule.
    ///
    /// # Errors
    /// If the table cannot be made or an event is no JSON.
    pub fn load(product: &Product) -> Result<Self, ContenderError> {
        let mut loading = Loading::default();
        let memory = Peak::watch();
        let events = product.events.iter().map(Recorded::columns).collect::<Result<Vec<_>, _>>()?;
        let mut columns: BTreeSet<String> = events.iter().flat_map(|e| e.keys().cloned()).collect();
        let started = Instant::now();
        let connection = open(&columns).map_err(peer)?;
        let mut rules = Vec::new();
        for (number, rule) in product.rules.iter().enumerate() {
            match prepare(&connection, &mut columns, rule) {
                Ok(()) => rules.push((number, rule.sql.clone())),
                Err(wrong) => loading.refused.push((rule.id.clone(), wrong.to_string())),
            }
        }
        loading.took = started.elapsed();
        loading.compiling = loading.took;
        loading.peak = memory.growth();
        loading.loaded = rules.len();
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let places = vec!["?"; names.len()].join(", ");
        let insert = format!("INSERT INTO logs ({}) VALUES ({places})", names.join(", "));
        let row = |event: &serde_json::Map<String, Value>| {
            names.iter().map(|name| event.get(*name).and_then(text)).collect()
        };
        let rows_of_events = events.iter().map(row).collect();
        Ok(Sqlite { connection, insert, rules, loading, rows_of_events, rows: 1, taken: 0 })
    }

    fn judge_event(&self, event: usize) -> rusqlite::Result<Vec<Pair>> {
        self.connection.execute("DELETE FROM logs", [])?;
        let row = params_from_iter(&self.rows_of_events[event]);
        self.connection.prepare_cached(&self.insert)?.execute(row)?;
        let mut found = Vec::new();
        for (rule, sql) in &self.rules {
            if self.connection.prepare_cached(sql)?.exists([])? {
                found.push((*rule, event));
            }
        }
        Ok(found)
    }
}

fn peer(wrong: rusqlite::Error) -> ContenderError {
    ContenderError::Peer { peer: "sqlite", reason: wrong.to_string() }
}

/// Every column is `TEXT COLLATE NOCASE`; numbers are their decimal text.
fn open(columns: &BTreeSet<String>) -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    let columns: Vec<_> =
        columns.iter().map(|name| format!("{name} TEXT COLLATE NOCASE")).collect();
    connection.execute(&format!("CREATE TABLE logs ({})", columns.join(", ")), [])?;
    connection.set_prepared_statement_cache_capacity(4_096);
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("regexp", 2, flags, regexp)?;
    Ok(connection)
}

/// `text REGEXP expression`: an unanchored search that is false on NULL.
fn regexp(context: &Context<'_>) -> rusqlite::Result<bool> {
    let compile = |value: ValueRef<'_>| -> Result<Regex, Box<dyn Error + Send + Sync>> {
        Ok(Regex::new(value.as_str()?)?)
    };
    let expression: Arc<Regex> = context.get_or_create_aux(0, compile)?;
    let text = context.get::<Option<String>>(1)?;
    Ok(text.is_some_and(|text| expression.is_match(&text)))
}

/// Prepares a rule; a column that no event has is made for it.
fn prepare(
    connection: &Connection,
    columns: &mut BTreeSet<String>,
    rule: &Rule,
) -> rusqlite::Result<()> {
    loop {
        let wrong = match connection.prepare_cached(&rule.sql) {
            Ok(_) => return Ok(()),
            Err(wrong) => wrong,
        };
        let message = wrong.to_string();
        let missing = message.split_once("no such column: ");
        let missing = missing.and_then(|(_, after)| after.split_whitespace().next());
        match missing {
            Some(name) if columns.insert(name.to_owned()) => {
                let add = format!("ALTER TABLE logs ADD COLUMN {name} TEXT COLLATE NOCASE");
                connection.execute(&add, [])?;
            }
            _ => return Err(wrong),
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

impl Contender for Sqlite {
    fn name(&self) -> &str {
        "sqlite"
    }

    fn loading(&self) -> &Loading {
        &self.loading
    }

    fn divide(&mut self, rows: usize) {
        self.rows = rows;
    }

    fn take(&mut self, batch: usize) {
        self.taken = batch;
    }

    fn judge(&mut self) -> Vec<Pair> {
        let first = self.taken * self.rows;
        let last = self.rows_of_events.len().min(first + self.rows);
        let judge = |event| self.judge_event(event).expect("statements that were prepared");
        (first..last).flat_map(judge).collect()
    }
}
