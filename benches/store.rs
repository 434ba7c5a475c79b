//! Promise: the store takes more events per second, durably, than SQLite on the same disk.
//!
//! Each side writes the same 8 batches of 1,024 events in one transaction that is on disk when it
//! returns: the store as segments, SQLite as rows of a table with the same columns (WAL,
//! `synchronous=FULL`, one prepared statement).

#![expect(clippy::print_stdout, reason = "a bench reports to whoever runs it")]

use std::cell::Cell;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use daemoneye_benches::batch;
use daemoneye_bus::event::{Batch, Field, MAX_ROWS, Value};
use daemoneye_bus::message::SourceBatch;
use daemoneye_store::{Commit, Store};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params_from_iter};

/// Batches in one transaction.
const BATCHES: usize = 8;
/// Events in one transaction.
const EVENTS: u64 = (BATCHES * MAX_ROWS) as u64;

/// Rounds for the ratio: in each, both sides write once, so that a busy machine slows both.
const ROUNDS: usize = 60;

fn benchmark(criterion: &mut Criterion) {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory on disk");
    let batches: Vec<Batch> = (0..BATCHES).map(|n| batch(n * MAX_ROWS, MAX_ROWS)).collect();
    let (our_path, their_path) =
        (directory.path().join("store.redb"), directory.path().join("events.sqlite"));
    let store = Store::open(&our_path).expect("a store");
    let (connection, insert, rows) = sqlite(&their_path, &batches);
    let (ours, theirs) = (Cell::new(0), Cell::new(0));
    let our_commit = || {
        let commit = commit(&batches, &ours);
        timed(|| drop(store.commit(&commit).expect("a commit")))
    };
    let their_commit = || {
        theirs.set(theirs.get() + BATCHES as u64);
        timed(|| insert_all(&connection, &insert, &rows))
    };

    let mut group = criterion.benchmark_group("8 batches of 1,024 events, durable");
    group.throughput(Throughput::Elements(EVENTS));
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    group.bench_function("store", |b| b.iter_custom(|n| (0..n).map(|_| our_commit()).sum()));
    group.bench_function("sqlite", |b| b.iter_custom(|n| (0..n).map(|_| their_commit()).sum()));
    group.finish();

    let rounds: Vec<_> = (0..ROUNDS).map(|_| (our_commit(), their_commit())).collect();
    let our_speed = per_second(rounds.iter().map(|(ours, _)| *ours).collect());
    let their_speed = per_second(rounds.iter().map(|(_, theirs)| *theirs).collect());
    drop(store);
    connection.close().expect("closed");
    let (our_bytes, their_bytes) =
        (bytes_per_event(&our_path, ours.get()), bytes_per_event(&their_path, theirs.get()));
    println!("store:  {our_speed:.0} events/s, {our_bytes:.0} bytes on disk per event");
    println!("sqlite: {their_speed:.0} events/s, {their_bytes:.0} bytes on disk per event");
    println!("ratio: store / sqlite, events/s = {:.2}", our_speed / their_speed);
    println!("ratio: store / sqlite, bytes = {:.2}", our_bytes / their_bytes);
}

fn timed(write: impl FnOnce()) -> Duration {
    let start = Instant::now();
    write();
    start.elapsed()
}

/// Events per second in the median round.
fn per_second(mut rounds: Vec<Duration>) -> f64 {
    rounds.sort_unstable();
    EVENTS as f64 / rounds[rounds.len() / 2].as_secs_f64()
}

fn commit(batches: &[Batch], number: &Cell<u64>) -> Commit {
    let next = |batch: &Batch| {
        number.set(number.get() + 1);
        SourceBatch {
            source: "bench:1".into(),
            number: number.get(),
            lost: 0,
            batch: batch.clone(),
        }
    };
    Commit { batches: batches.iter().map(next).collect(), ..Commit::default() }
}

/// Of what the file takes up; its length alone may be a promise.
fn bytes_per_event(file: &Path, batches: u64) -> f64 {
    let bytes = file.metadata().expect("a file").blocks() * 512;
    bytes as f64 / (batches * MAX_ROWS as u64) as f64
}

/// A table with the columns that the batches have, the statement that inserts, and the rows.
fn sqlite(path: &Path, batches: &[Batch]) -> (Connection, String, Vec<Vec<Sql>>) {
    let fields: Vec<Field> = batches[0].columns().iter().map(|(field, _)| *field).collect();
    let names = fields.iter().map(|field| field.name()).collect::<Vec<_>>().join(", ");
    let marks = vec!["?"; fields.len()].join(", ");
    let connection = Connection::open(path).expect("a database");
    let pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";
    connection.execute_batch(pragmas).expect("pragmas");
    connection.execute_batch(&format!("CREATE TABLE events ({names})")).expect("a table");
    let row =
        |batch: &Batch, row| fields.iter().map(|field| sql(batch.value(*field, row))).collect();
    let rows = batches.iter().flat_map(|batch| (0..batch.rows()).map(move |n| (batch, n)));
    let rows = rows.map(|(batch, n)| row(batch, n)).collect();
    (connection, format!("INSERT INTO events VALUES ({marks})"), rows)
}

fn insert_all(connection: &Connection, insert: &str, rows: &[Vec<Sql>]) {
    let transaction = connection.unchecked_transaction().expect("a transaction");
    {
        let mut statement = transaction.prepare_cached(insert).expect("a statement");
        for row in rows {
            statement.execute(params_from_iter(row)).expect("a row");
        }
    }
    transaction.commit().expect("a commit");
}

fn sql(value: Option<Value>) -> Sql {
    match value {
        None => Sql::Null,
        Some(Value::Integer(number)) => Sql::Integer(number),
        Some(Value::Float(number)) => Sql::Real(number),
        Some(Value::Text(text)) => Sql::Text(text),
    }
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
