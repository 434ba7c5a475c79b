//! SQLite with the same events: one table, clustered by time, texts compared as rules compare them.

use std::path::Path;

use anyhow::Result;
use daemoneye_bus::event::{Event, Field, FieldType, Value};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params_from_iter};

use crate::answer::{Answer, Row};
use crate::{Asked, history};

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

/// What it answers, and how long that takes.
pub(crate) fn answers(path: &Path, asked: &[Asked]) -> Result<Vec<Answer>> {
    let database = Connection::open(path)?;
    let answer = |asked: &Asked| -> Result<Answer> {
        let mut statement = database.prepare(&asked.sql)?;
        let columns = statement.column_count();
        Answer::of(|| {
            let mut rows = statement.query([])?;
            let mut told = Vec::new();
            while let Some(row) = rows.next()? {
                let value = |column| Ok(json(row.get(column)?));
                told.push((0..columns).map(value).collect::<Result<Row>>()?);
            }
            Ok(told)
        })
    };
    asked.iter().map(answer).collect()
}

fn json(value: Sql) -> serde_json::Value {
    match value {
        Sql::Integer(number) => number.into(),
        Sql::Real(number) => number.into(),
        Sql::Text(text) => text.into(),
        Sql::Null | Sql::Blob(_) => serde_json::Value::Null,
    }
}
