//! SQLite is the judge of what a question means.

use daemoneye_bus::event::{Event, Field, Value};
use daemoneye_hunt::{Budget, Datum, Literal, Parameters, Progress, Question, Window};
use rusqlite::Connection;
use rusqlite::types::{Value as Stored, ValueRef};
use std::time::{Duration, Instant};

use crate::stored::{self, EVENTS, event};

const COLUMNS: &[(Field, &str)] = &[
    (Field::Time, "INTEGER"),
    (Field::Kind, "TEXT COLLATE NOCASE"),
    (Field::Pid, "INTEGER"),
    (Field::Name, "TEXT COLLATE NOCASE"),
    (Field::CommandLine, "TEXT COLLATE NOCASE"),
    (Field::CpuUsage, "REAL"),
    (Field::UserName, "TEXT COLLATE NOCASE"),
];

/// Questions whose answers have an order of their own.
const ORDERED: &[&str] = &[
    "SELECT time, pid FROM process_events WHERE name = 'BASH' ORDER BY time",
    "SELECT time, pid FROM process_events WHERE name = 'BASH' ORDER BY time DESC LIMIT 7",
    "SELECT time FROM process_events ORDER BY pid DESC, time LIMIT 10 OFFSET 5",
    "SELECT time, name FROM process_events ORDER BY name, time LIMIT 700",
    "SELECT time, name FROM process_events ORDER BY name DESC, time DESC LIMIT 700 OFFSET 2000",
    "SELECT time, cpu_usage FROM process_events ORDER BY cpu_usage, time",
    "SELECT time, pid * 2 + 1 AS odd FROM process_events WHERE odd > 100 ORDER BY odd DESC, 1",
    "SELECT time AS pid FROM process_events ORDER BY pid LIMIT 3",
    "SELECT time, upper(name) || '!' FROM process_events WHERE name LIKE '%s%' ORDER BY 1",
    "SELECT time FROM process_events WHERE command_line LIKE 'command 4_ %' ORDER BY time",
    "SELECT time FROM process_events WHERE name IS NULL AND pid BETWEEN 3 AND 9 ORDER BY time",
    "SELECT time, CASE WHEN pid > 50 THEN 'big' ELSE name END AS c FROM process_events
     ORDER BY c, time LIMIT 50",
    "SELECT time FROM process_events WHERE cpu_usage > 0.5 AND name <> 'sh' ORDER BY time",
    "SELECT time, length(command_line) FROM process_events ORDER BY 2 DESC, 1 LIMIT 20",
    "WITH shells AS (SELECT *, lower(name) AS program FROM process_events WHERE name LIKE '%sh')
     SELECT time, program FROM shells WHERE pid < 40 ORDER BY time",
    "SELECT time FROM process_events ORDER BY time LIMIT 0",
    "SELECT time FROM process_events ORDER BY time LIMIT 5 OFFSET 2998",
    "SELECT time FROM process_events WHERE time > 1000100 AND time <= 1000200 ORDER BY time",
    "SELECT time FROM process_events WHERE time = 1000100",
];

/// Questions whose answers are sets of rows.
const SETS: &[&str] = &[
    "SELECT count(*) FROM process_events",
    "SELECT count(*), count(name), count(DISTINCT name), count(DISTINCT pid) FROM process_events",
    "SELECT sum(pid), avg(pid), min(pid), max(pid), min(time), max(time) FROM process_events",
    "SELECT sum(cpu_usage), avg(cpu_usage), min(cpu_usage), max(cpu_usage) FROM process_events",
    "SELECT sum(DISTINCT pid), avg(DISTINCT pid) FROM process_events WHERE pid > 20",
    "SELECT count(*), sum(pid), min(name) FROM process_events WHERE pid > 1000",
    "SELECT name, count(*) FROM process_events WHERE pid > 1000 GROUP BY name",
    "SELECT lower(name), count(*) FROM process_events GROUP BY name",
    "SELECT kind, user_name, count(*) AS n, sum(pid) FROM process_events GROUP BY kind, user_name",
    "SELECT pid % 10 AS d, count(*) FROM process_events GROUP BY d HAVING count(*) > 300",
    "SELECT pid, max(time) - min(time) FROM process_events GROUP BY pid HAVING min(pid) > 90",
    "SELECT lower(min(name)), lower(max(name)) FROM process_events WHERE name <> 'bash'",
    "SELECT DISTINCT pid FROM process_events WHERE pid < 10",
    "SELECT DISTINCT lower(name) FROM process_events",
    "SELECT DISTINCT kind, pid % 2 FROM process_events",
    "SELECT DISTINCT count(*) FROM process_events GROUP BY pid",
    "SELECT count(*) * 2 + 1 FROM process_events HAVING count(*) > 5",
    "SELECT count(*) FROM process_events HAVING count(*) > 5000000",
    "SELECT count(*) FROM process_starts WHERE command_line REGEXP 'n=1[0-2]$'",
    "SELECT pid, count(*) FROM process_events WHERE name IN ('sh', 'curl') GROUP BY pid
     ORDER BY count(*) DESC, pid LIMIT 5",
];

fn database() -> Connection {
    let database = Connection::open_in_memory().expect("memory");
    let columns: Vec<String> =
        COLUMNS.iter().map(|(field, of)| format!("{} {of}", field.name())).collect();
    let table = format!("CREATE TABLE process_events ({})", columns.join(", "));
    let view = "CREATE VIEW process_starts AS SELECT * FROM process_events
                WHERE kind IN ('start', 'exec')";
    database.execute_batch(&format!("{table};{view};")).expect("a table");
    let flags = rusqlite::functions::FunctionFlags::SQLITE_DETERMINISTIC;
    database
        .create_scalar_function("regexp", 2, flags, |call| {
            let ValueRef::Text(text) = call.get_raw(1) else { return Ok(None) };
            let text = String::from_utf8_lossy(text).into_owned();
            let expression = regex::Regex::new(call.get_raw(0).as_str()?).expect("an expression");
            Ok(Some(expression.is_match(&text)))
        })
        .expect("a function");
    let places = vec!["?"; COLUMNS.len()].join(", ");
    let insert = format!("INSERT INTO process_events VALUES ({places})");
    let mut insert = database.prepare(&insert).expect("an INSERT");
    for event in (0..EVENTS).map(event) {
        let values = COLUMNS.iter().map(|(field, _)| value(&event, *field));
        insert.execute(rusqlite::params_from_iter(values)).expect("room");
    }
    drop(insert);
    database
}

fn value(event: &Event, field: Field) -> Stored {
    match event.get(field) {
        None => Stored::Null,
        Some(Value::Integer(number)) => Stored::Integer(*number),
        Some(Value::Float(number)) => Stored::Real(*number),
        Some(Value::Text(text)) => Stored::Text(text.clone()),
    }
}

fn expected(database: &Connection, sql: &str) -> Vec<Vec<Datum>> {
    let mut statement = database.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let columns = statement.column_count();
    let datum = |value: ValueRef<'_>| match value {
        ValueRef::Null => Datum::Null,
        ValueRef::Integer(number) => Datum::Integer(number),
        ValueRef::Real(number) => Datum::Float(number),
        ValueRef::Text(text) => Datum::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(_) => panic!("{sql}: a blob"),
    };
    let row = |row: &rusqlite::Row<'_>| (0..columns).map(|c| row.get_ref(c).map(datum)).collect();
    let rows = statement.query_map([], row).expect("an answer");
    rows.collect::<Result<_, _>>().unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// The last digit of a sum of floats depends on the order of its parts.
fn rounded(mut rows: Vec<Vec<Datum>>) -> Vec<Vec<Datum>> {
    for value in rows.iter_mut().flatten() {
        if let Datum::Float(number) = value {
            *number = (*number * 1e6).round() / 1e6;
        }
    }
    rows
}

#[test]
fn an_answer_with_an_order_is_that_of_sqlite() {
    let (database, stored) = (database(), stored::Stored::new());
    for sql in ORDERED {
        let told = stored.ask(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(told.rows, expected(&database, sql), "{sql}");
        assert_eq!((told.incomplete, told.more), (Vec::new(), false), "{sql}");
    }
}

#[test]
fn an_answer_without_an_order_has_the_rows_of_sqlite() {
    let (database, stored) = (database(), stored::Stored::new());
    let sorted = |rows| {
        let mut rows = rounded(rows);
        rows.sort_by_key(|row| format!("{row:?}"));
        rows
    };
    for sql in SETS {
        let told = stored.ask(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(sorted(told.rows), sorted(expected(&database, sql)), "{sql}");
    }
}

#[test]
fn without_an_order_the_newest_rows_are_told_the_oldest_of_them_first() {
    let stored = stored::Stored::new();
    let told = stored.ask_within("SELECT time FROM process_events", Window::default(), 3);
    let told = told.expect("an answer");
    let newest = [2_997, 2_998, 2_999].map(|n| vec![Datum::Integer(1_000_000 + n * 10)]);
    assert_eq!((told.rows, told.more), (newest.to_vec(), true));
    let told = stored.ask("SELECT time FROM process_events LIMIT 1 OFFSET 2").expect("an answer");
    let third = vec![vec![Datum::Integer(1_000_000 + 2_997 * 10)]];
    assert_eq!((told.rows, told.more), (third, false));
}

#[test]
fn a_column_beside_aggregates_is_that_of_the_newest_row() {
    let stored = stored::Stored::new();
    let sql = "SELECT time, count(*) FROM process_events GROUP BY kind ORDER BY time";
    let told = stored.ask(sql).expect("an answer");
    let times: Vec<i64> = told
        .rows
        .iter()
        .map(|row| if let Datum::Integer(time) = row[0] { time } else { 0 })
        .collect();
    assert_eq!(times, [2_996, 2_997, 2_998, 2_999].map(|n| 1_000_000 + n * 10));
}

#[test]
fn parameters_stand_for_values_and_change_nothing_else() {
    let stored = stored::Stored::new();
    let count = |sql: &str, numbered: Vec<Literal>, named: Vec<(&str, Literal)>| {
        let named = named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let question = Question::new(sql, &Parameters { numbered, named }, Window::default());
        let budget = Budget::of(Instant::now(), Duration::from_secs(60));
        let told = question?.ask(&stored.store, 10, &budget, &Progress::default())?;
        Ok::<_, daemoneye_hunt::HuntError>(told.rows[0][0].clone())
    };
    let text = |text: &str| Literal::Text(text.to_owned());
    let of_bash = stored.ask("SELECT count(*) FROM process_events WHERE name = 'bash'");
    let of_bash = of_bash.expect("an answer").rows[0][0].clone();
    let sql = "SELECT count(*) FROM process_events WHERE name = ";
    assert_eq!(count(&format!("{sql}?1"), vec![text("bash")], vec![]).expect("one"), of_bash);
    assert_eq!(
        count(&format!("{sql}:n"), vec![], vec![("n", text("bash"))]).expect("one"),
        of_bash
    );
    let hostile = text("x' OR '1' = '1");
    assert_eq!(count(&format!("{sql}?1"), vec![hostile], vec![]).expect("one"), Datum::Integer(0));
    let minus = count("SELECT 5 - ?1 FROM process_events", vec![Literal::Integer(-3)], vec![]);
    assert_eq!(minus.expect("one"), Datum::Integer(8));
    let null = count(&format!("{sql}?1"), vec![Literal::Null], vec![]);
    assert_eq!(null.expect("one"), Datum::Integer(0));
    let missing = count(&format!("{sql}?2"), vec![Literal::Null], vec![]).expect_err("no value");
    assert!(missing.to_string().contains("`?2` without a value"), "{missing}");
    let unnamed = count(&format!("{sql}:x"), vec![], vec![]).expect_err("no value");
    assert!(unnamed.to_string().contains("`:x` without a value"), "{unnamed}");
}
