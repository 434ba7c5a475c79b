//! DuckDB with the columns that are asked for, through its Python package, on two threads.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use daemoneye_bus::event::Field;

use crate::answer::{Answer, Row};
use crate::{Asked, ROUNDS, history};

/// Columns without commas and quotes in their values, except the last.
const FIELDS: &[Field] = &[Field::Time, Field::Pid, Field::UserId, Field::Name, Field::CommandLine];

const SCRIPT: &str = "
import json, sys, time, duckdb
database = duckdb.connect(sys.argv[1] + '/events.duckdb')
database.execute('SET threads = 2')
database.execute('SET enable_progress_bar = false')
rows = f\"\"\"read_csv('{sys.argv[1]}/events.csv', header = false, quote = '\"', escape = '\"',
    columns = {{'time': 'BIGINT', 'pid': 'BIGINT', 'user_id': 'BIGINT', 'name': 'VARCHAR',
               'command_line': 'VARCHAR'}})\"\"\"
database.execute('CREATE TABLE process_events AS SELECT * FROM ' + rows)
for question in sys.argv[3:]:
    times = []
    for _ in range(int(sys.argv[2]) + 1):
        start = time.perf_counter()
        rows = database.execute(question).fetchall()
        times.append(time.perf_counter() - start)
    print(json.dumps({'seconds': sorted(times[1:])[len(times) // 2], 'rows': rows}))
";

/// What DuckDB says to one question.
#[derive(serde::Deserialize)]
struct Said {
    seconds: f64,
    rows: Vec<Row>,
}

/// What it answers, and how long that takes.
pub(crate) fn answers(directory: &Path, events: usize, asked: &[Asked]) -> Result<Vec<Answer>> {
    let found = Command::new("python3").args(["-c", "import duckdb"]).output();
    let found = found.context("no python3")?;
    ensure!(found.status.success(), "python3 has no package duckdb: pip install duckdb");
    write(&directory.join("events.csv"), events)?;
    // LIKE of DuckDB observes case.
    let questions = asked.iter().map(|asked| asked.sql.replace(" LIKE ", " ILIKE "));
    let output = Command::new("python3")
        .args(["-c", SCRIPT])
        .arg(directory)
        .arg(ROUNDS.to_string())
        .args(questions)
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "duckdb: {said}");
    let lines = String::from_utf8(output.stdout)?;
    let answer = |line: &str| {
        let Said { seconds, rows } = serde_json::from_str(line).context("no answer")?;
        Ok(Answer::new(rows, Duration::from_secs_f64(seconds)))
    };
    lines.lines().filter(|line| line.starts_with('{')).map(answer).collect()
}

fn write(path: &Path, events: usize) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for number in 0..events {
        let event = history::at(number);
        let value = |field: &Field| event.get(*field).map(ToString::to_string).unwrap_or_default();
        let row: Vec<String> = FIELDS.iter().map(value).collect();
        writeln!(file, "{},\"{}\"", row[..4].join(","), row[4].replace('"', "\"\""))?;
    }
    Ok(file.flush()?)
}
