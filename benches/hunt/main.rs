//! Promise: last night's event is found in an instant: a window of one hour within 50 ms, and over ten
//! million events a LIKE within 2 s and a GROUP BY within 3 s, on two cores.
//!
//! The same events are asked for in the store, in SQLite and, where python3 has the package `duckdb`,
//! in DuckDB, in the same run.

#![expect(clippy::print_stdout, reason = "a bench reports to whoever runs it")]

mod answer;
mod duckdb;
mod history;
mod sqlite;

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use daemoneye_hunt::{Budget, Datum, Parameters, Progress, Question, Window};
use daemoneye_store::Store;

use crate::answer::Answer;

/// Rounds of which the median counts.
const ROUNDS: usize = 5;

#[derive(Parser)]
struct Arguments {
    /// Events
    #[arg(long, default_value_t = 1_000_000)]
    events: usize,
    /// Only write the events into a store in this directory
    #[arg(long, value_name = "DIR")]
    seed: Option<PathBuf>,
    /// `cargo bench` says so to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is asked, and how fast it must be over ten million events.
pub(crate) struct Asked {
    name: &'static str,
    sql: String,
    bar: Duration,
}

fn asked(events: usize) -> Vec<Asked> {
    let (since, until) = history::hour(events);
    let of = |name, sql: String, bar| Asked { name, sql, bar: Duration::from_millis(bar) };
    vec![
        of(
            "window of one hour",
            format!(
                "SELECT time, pid, command_line FROM process_events WHERE name = 'bash' \
                 AND command_line LIKE '%/dev/tcp/%' AND time >= {since} AND time < {until}"
            ),
            50,
        ),
        of(
            "LIKE over all",
            "SELECT count(*) FROM process_events WHERE command_line LIKE '%/dev/tcp/%'".to_owned(),
            2_000,
        ),
        of(
            "GROUP BY over all",
            "SELECT name, user_id, count(*), max(time) FROM process_events GROUP BY name, user_id"
                .to_owned(),
            3_000,
        ),
    ]
}

fn main() -> Result<()> {
    let Arguments { events, seed, bench: _ } = Arguments::parse();
    if let Some(directory) = seed {
        return history::seed(&directory.join("store.redb"), events);
    }
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).context("no directory")?;
    let store = directory.path().join("store.redb");
    let table = directory.path().join("events.sqlite");
    history::seed(&store, events)?;
    sqlite::seed(&table, events)?;
    let asked = asked(events);
    let ours = ours(&store, &asked)?;
    let sqlite = sqlite::answers(&table, &asked)?;
    let duckdb = duckdb::answers(directory.path(), events, &asked);
    for (n, (asked, own)) in asked.iter().zip(&ours).enumerate() {
        println!("{}, {events} events: {} rows", asked.name, own.rows());
        println!("  store:  {}  (bar for 10,000,000: {})", shown(own.time), shown(asked.bar));
        compare(asked, own, "sqlite", &sqlite[n])?;
        if let Ok(duckdb) = &duckdb {
            compare(asked, own, "duckdb", &duckdb[n])?;
        }
    }
    if let Err(absent) = duckdb {
        println!("duckdb: NOT RUN: {absent:#}");
    }
    print_size(&store, &table, events)
}

/// Prints the other's time. Who says something else is no peer.
fn compare(asked: &Asked, own: &Answer, whose: &str, other: &Answer) -> Result<()> {
    own.must_be(other, format_args!("{}: {whose}", asked.name))?;
    println!("  {whose}: {}", shown(other.time));
    let ratio = own.time.as_secs_f64() / other.time.as_secs_f64();
    println!("ratio: {}: store / {whose} = {ratio:.3}", asked.name);
    Ok(())
}

/// What a file takes of the disk: a database makes its file longer than what it has written.
fn on_disk(path: &Path) -> Result<f64> {
    Ok((path.metadata()?.blocks() * 512) as f64)
}

fn print_size(store: &Path, table: &Path, events: usize) -> Result<()> {
    // A database keeps room for what comes; what events take is what their segments have.
    let segments = Store::open(store)?.counts()?.bytes as f64 / events as f64;
    let table = on_disk(table)? / events as f64;
    let file = on_disk(store)? / events as f64;
    println!(
        "disk: segments {segments:.0}, store's file {file:.0}, sqlite {table:.0} bytes per event"
    );
    println!("ratio: segments / sqlite, bytes = {:.2}", segments / table);
    println!("ratio: store's file / sqlite, bytes = {:.2} (bar: 0.5)", file / table);
    Ok(())
}

fn ours(path: &Path, asked: &[Asked]) -> Result<Vec<Answer>> {
    let store = Store::open(path)?;
    let answer = |asked: &Asked| -> Result<Answer> {
        let question = Question::new(&asked.sql, &Parameters::default(), Window::default())?;
        Answer::of(|| {
            let budget = Budget::of(Instant::now(), Duration::from_secs(300));
            let told = question.ask(&store, 1_000_000, &budget, &Progress::default())?;
            anyhow::ensure!(told.incomplete.is_empty(), "{:?}", told.incomplete);
            let rows = told.rows.into_iter();
            Ok(rows.map(|row| row.into_iter().map(json).collect()).collect())
        })
    };
    asked.iter().map(answer).collect()
}

fn json(datum: Datum) -> serde_json::Value {
    match datum {
        Datum::Null => serde_json::Value::Null,
        Datum::Integer(number) => number.into(),
        Datum::Float(number) => number.into(),
        Datum::Text(text) => text.into(),
    }
}

fn shown(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
