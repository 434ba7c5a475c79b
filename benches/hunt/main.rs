//! Promise: last night's event is found in an instant: a window of one hour within 50 ms, and over ten
//! million events a LIKE within 2 s and a GROUP BY within 3 s, on two cores.
//!
//! The same events are asked for in the store, in SQLite and, where python3 has the package `duckdb`,
//! in DuckDB, in the same run.

#![expect(clippy::print_stdout, reason = "a bench reports to whoever runs it")]

mod duckdb;
mod history;
mod sqlite;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use daemoneye_hunt::{Budget, Parameters, Progress, Question, Window};
use daemoneye_store::Store;

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
    let sqlite = sqlite::times(&table, &asked)?;
    let duckdb = duckdb::times(directory.path(), events, &asked);
    for (n, one) in asked.iter().enumerate() {
        let (rows, time) = &ours[n];
        println!("{}, {events} events: {rows} rows", one.name);
        println!("  store:  {}  (bar for 10,000,000: {})", shown(*time), shown(one.bar));
        anyhow::ensure!(*rows == sqlite[n].0, "SQLite finds {} rows", sqlite[n].0);
        println!("  sqlite: {}", shown(sqlite[n].1));
        println!("ratio: {}: store / sqlite = {:.3}", one.name, ratio(*time, sqlite[n].1));
        if let Ok(duckdb) = &duckdb {
            println!("  duckdb: {}", shown(duckdb[n]));
            println!("ratio: {}: store / duckdb = {:.3}", one.name, ratio(*time, duckdb[n]));
        }
    }
    if let Err(absent) = duckdb {
        println!("duckdb: NOT RUN: {absent:#}");
    }
    print_size(&store, &table, events)
}

fn print_size(store: &Path, table: &Path, events: usize) -> Result<()> {
    // A database keeps room for what comes; what events take is what their segments have.
    let segments = Store::open(store)?.counts()?.bytes as f64 / events as f64;
    let table = table.metadata()?.len() as f64 / events as f64;
    let file = store.metadata()?.len() as f64 / events as f64;
    println!(
        "disk: segments {segments:.0}, store's file {file:.0}, sqlite {table:.0} bytes per event"
    );
    println!("ratio: segments / sqlite, bytes = {:.2} (bar: 0.5)", segments / table);
    println!("ratio: store's file / sqlite, bytes = {:.2}", file / table);
    Ok(())
}

fn ours(path: &Path, asked: &[Asked]) -> Result<Vec<(usize, Duration)>> {
    let store = Store::open(path)?;
    let time = |asked: &Asked| -> Result<(usize, Duration)> {
        let question = Question::new(&asked.sql, &Parameters::default(), Window::default())?;
        let mut rows = 0;
        let time = median(|| {
            let budget = Budget::of(Instant::now(), Duration::from_secs(300));
            let told = question.ask(&store, 1_000_000, &budget, &Progress::default())?;
            anyhow::ensure!(told.incomplete.is_empty(), "{:?}", told.incomplete);
            rows = told.rows.len();
            Ok(())
        })?;
        Ok((rows, time))
    };
    asked.iter().map(time).collect()
}

/// The median time of some rounds after one that counts for nothing.
pub(crate) fn median(mut round: impl FnMut() -> Result<()>) -> Result<Duration> {
    round()?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        round()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(times[ROUNDS / 2])
}

fn shown(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn ratio(ours: Duration, theirs: Duration) -> f64 {
    ours.as_secs_f64() / theirs.as_secs_f64()
}
