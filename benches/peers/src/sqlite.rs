//! SQLite: one prepared statement per rule over a table of one row, as the oracle had it.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;

use daemoneye_benches::contender::{ContenderError, OneByOne, Peer, Watch};
use daemoneye_benches::corpus::{Product, Recorded, Rule};
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
    /// By event.
    rows: Vec<Row>,
}

impl Sqlite {
    /// Makes the table and prepares every rule.
    ///
    /// # Errors
    /// If the table cannot be made or an event is no JSON.
    pub fn load(product: &Product) -> Result<OneByOne<Self>, ContenderError> {
        let events = product.events.iter().map(Recorded::columns).collect::<Result<Vec<_>, _>>()?;
        let mut columns: BTreeSet<String> = events.iter().flat_map(|e| e.keys().cloned()).collect();
        let mut watch = Watch::default();
        let connection = open(&columns).map_err(peer)?;
        let rules = watch.take(product, |rule| {
            prepare(&connection, &mut columns, rule).map(|()| rule.sql.clone())
        });
        let loading = watch.ready(rules.len());
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let places = vec!["?"; names.len()].join(", ");
        let insert = format!("INSERT INTO logs ({}) VALUES ({places})", names.join(", "));
        let row = |event: &serde_json::Map<String, Value>| {
            names.iter().map(|name| event.get(*name).and_then(text)).collect()
        };
        let rows = events.iter().map(row).collect();
        Ok(OneByOne::new(Sqlite { connection, insert, rules, rows }, loading))
    }

    fn found(&self, event: usize) -> rusqlite::Result<Vec<usize>> {
        self.connection.execute("DELETE FROM logs", [])?;
        let row = params_from_iter(&self.rows[event]);
        self.connection.prepare_cached(&self.insert)?.execute(row)?;
        let mut found = Vec::new();
        for (rule, sql) in &self.rules {
            if self.connection.prepare_cached(sql)?.exists([])? {
                found.push(*rule);
            }
        }
        Ok(found)
    }
}

fn peer(wrong: rusqlite::Error) -> ContenderError {
    ContenderError::Peer { peer: Sqlite::NAME, reason: wrong.to_string() }
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

impl Peer for Sqlite {
    const NAME: &str = "sqlite";

    fn events(&self) -> usize {
        self.rows.len()
    }

    fn judge(&mut self, event: usize) -> Vec<usize> {
        self.found(event).expect("statements that were prepared")
    }
}
