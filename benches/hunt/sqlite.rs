//! SQLite with the same events: one table, clustered by time, texts compared as rules compare them.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use daemoneye_bus::event::{Event, Field, FieldType, Value};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params_from_iter};

use crate::{Asked, history, median};

/// Columns that the events have.
fn fields() -> Vec<Field> {
    history::at(0).values().map(|(field, _)| field).collect()
}

/// Writes so many events into a new database.
pub(crate) fn seed(path: &Path, events: usize) -> Result<()> {
    let database = Connection::open(path)?;
    let column = |field: &Field| {
        let of = match (field, field.field_type()) {
            (Field::Time, _) => "INTEGER PRIMARY KEY",
            (_, FieldType::Integer) => "INTEGER",
            (_, FieldType::Float) => "REAL",
            (_, FieldType::Text) => "TEXT COLLATE NOCASE",
        };
        format!("{} {of}", field.name())
    };
    let fields = fields();
    let columns = fields.iter().map(column).collect::<Vec<_>>().join(", ");
    database.execute_batch(&format!("CREATE TABLE process_events ({columns})"))?;
    let names = fields.iter().map(|field| field.name()).collect::<Vec<_>>().join(", ");
    let marks = vec!["?"; fields.len()].join(", ");
    let insert = format!("INSERT INTO process_events ({names}) VALUES ({marks})");
    let transaction = database.unchecked_transaction()?;
    {
        let mut insert = transaction.prepare(&insert)?;
        for number in 0..events {
            let event = history::at(number);
            insert.execute(params_from_iter(fields.iter().map(|field| sql(&event, *field))))?;
        }
    }
    transaction.commit()?;
    Ok(())
}

fn sql(event: &Event, field: Field) -> Sql {
    match event.get(field) {
        None => Sql::Null,
        Some(Value::Integer(number)) => Sql::Integer(*number),
        Some(Value::Float(number)) => Sql::Real(*number),
        Some(Value::Text(text)) => Sql::Text(text.clone()),
    }
}

/// How many rows each question finds, and how long that takes.
pub(crate) fn times(path: &Path, asked: &[Asked]) -> Result<Vec<(usize, Duration)>> {
    let database = Connection::open(path)?;
    let time = |asked: &Asked| -> Result<(usize, Duration)> {
        let mut statement = database.prepare(&asked.sql)?;
        let mut found = 0;
        let time = median(|| {
            let mut rows = statement.query([])?;
            found = 0;
            while rows.next()?.is_some() {
                found += 1;
            }
            Ok(())
        })?;
        Ok((found, time))
    };
    asked.iter().map(time).collect()
}
