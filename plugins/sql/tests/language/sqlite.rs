//! SQLite is the judge of what a condition means.

use crate::row::{Row, matching};
use crate::schema::schema;
use daemoneye_plan::Literal;
use daemoneye_sql::compile;
use proptest::prelude::*;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{Value, ValueRef};

const TABLES: &str = "
    CREATE TABLE process_events (
        time INTEGER PRIMARY KEY,
        kind TEXT COLLATE NOCASE, origin TEXT COLLATE NOCASE,
        name TEXT COLLATE NOCASE, command_line TEXT COLLATE NOCASE,
        pid INTEGER, ppid INTEGER, cpu_usage REAL);
    CREATE VIEW process_starts AS SELECT * FROM process_events
        WHERE kind IN ('start', 'exec') AND (origin IS NULL OR origin <> 'fork');
    CREATE VIEW process_stops AS SELECT * FROM process_events WHERE kind = 'stop';";

fn regexp(pattern: &str, value: ValueRef<'_>) -> Option<bool> {
    let text = match value {
        ValueRef::Null | ValueRef::Blob(_) => return None,
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("{number:?}"),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
    };
    Some(regex::Regex::new(pattern).expect("a pattern of these tests").is_match(&text))
}

pub(crate) fn database(rows: &[Row]) -> rusqlite::Result<Connection> {
    let database = Connection::open_in_memory()?;
    let flags = FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_UTF8;
    database.create_scalar_function("regexp", 2, flags, |call| {
        Ok(regexp(call.get_raw(0).as_str()?, call.get_raw(1)))
    })?;
    database.execute_batch(TABLES)?;
    for (time, row) in (0_i64..).zip(rows) {
        database.execute("INSERT INTO process_events (time) VALUES (?1)", [time])?;
        for (column, value) in row {
            let update = format!("UPDATE process_events SET {column} = ?1 WHERE time = ?2");
            database.execute(&update, rusqlite::params![stored(value), time])?;
        }
    }
    Ok(database)
}

fn stored(value: &Literal) -> Value {
    match value {
        Literal::Null => Value::Null,
        Literal::Integer(number) => Value::Integer(*number),
        Literal::Float(number) => Value::Real(*number),
        Literal::Text(text) => Value::Text(text.clone()),
    }
}

/// The numbers of the rows that SQLite selects.
pub(crate) fn selected(rows: &[Row], text: &str) -> rusqlite::Result<Vec<usize>> {
    let database = database(rows)?;
    let mut statement = database.prepare(text)?;
    let times = statement.query_map([], |row| row.get::<_, u32>(0))?;
    times.map(|time| time.map(|time| time as usize)).collect()
}

/// The numbers of the rows that the compiled rule matches.
pub(crate) fn judged(rows: &[Row], text: &str) -> Vec<usize> {
    let compiled = compile(&schema(), text).unwrap_or_else(|refused| panic!("{text}: {refused:?}"));
    matching(&compiled, rows)
}

const TEXTS: &[&str] = &[
    "bash",
    "BASH",
    "Bash -c id",
    "sh",
    "",
    " ",
    "12",
    " 12",
    "012",
    "12abc",
    "1e1",
    "10.0",
    "-5",
    "0x10",
    "1.5",
    "%",
    "_",
    "a%b",
    "a_b",
    "A\\b",
    "é",
    "É",
    "it's",
    "kworker/0:1",
    "Z",
    "[",
    "fork",
];
const NUMBERS: &[i64] = &[-5, 0, 1, 2, 10, 12, 16];
const FLOATS: &[f64] = &[-5.0, 0.0, 0.5, 1.5, 12.0];
const PATTERNS: &[&str] = &[
    "%", "_", "%a%", "b_sh", "BASH%", "%\\%%", "a\\_b", "%b", "1%", "%.%", "", "é%", "_s_",
    "%a%_%", "a\\\\b",
];
const EXPRESSIONS: &[&str] = &["a", "^b", "B", "^$", "1.", "(?i)bash", "[0-9]+", "s?h$"];

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

pub(crate) fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(TEXTS).prop_map(quoted),
        3 => prop::sample::select(NUMBERS).prop_map(|number| number.to_string()),
        1 => prop::sample::select(FLOATS).prop_map(|number| format!("{number:?}")),
        1 => prop::sample::select(&["NULL", "TRUE", "FALSE", "0x10", "+1", "1_2"][..])
            .prop_map(str::to_owned),
    ]
}

pub(crate) fn column() -> impl Strategy<Value = String> {
    let columns = &["name", "command_line", "pid", "ppid", "cpu_usage", "kind", "origin"][..];
    prop::sample::select(columns).prop_map(str::to_owned)
}

/// Calls of one argument.
const CALLS: &[&str] = &[
    "length(@)",
    "lower(@)",
    "upper(@)",
    "trim(@)",
    "ltrim(@)",
    "rtrim(@, 'bash ')",
    "hex(@)",
    "abs(@)",
    "substr(@, 2)",
    "substring(@, -3, 2)",
    "replace(@, 'a', 'XY')",
    "instr(@, 'h')",
    "-@",
    "CAST(@ AS TEXT)",
    "CAST(@ AS INTEGER)",
    "CAST(@ AS REAL)",
    "date(@, 'unixepoch')",
    "datetime(@)",
    "time(@, '+1 hour')",
    "unixepoch(@, 'start of month')",
    "strftime('%Y-%m %H', @, 'unixepoch')",
];
/// Calls of two arguments.
const PAIRS: &[&str] = &[
    "COALESCE(@, #)",
    "ifnull(@, #)",
    "nullif(@, #)",
    "min(@, #)",
    "max(@, #)",
    "instr(@, #)",
    "(@ + #)",
    "(@ - #)",
    "(@ * #)",
    "(@ / #)",
    "(@ % #)",
    "(@ || #)",
    "@ || #",
    "trim(@, #)",
    "iif(@ = #, @, 'no')",
    "iif(@, #, NULL)",
    "CASE @ WHEN # THEN 'same' ELSE @ END",
    "CASE WHEN @ < # OR @ IS NULL THEN # WHEN # LIKE '%a%' THEN 'a' END",
    "(@ = #)",
    "(@ IN ('bash', 12) AND NOT # > 3)",
    "replace(@, #, 'z')",
    "substr(@, #)",
];

/// A column, a literal, or something calculated from them. `-` and `CAST` of what is no column may
/// stand in brackets only.
pub(crate) fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        6 => column(),
        4 => literal(),
        1 => column().prop_map(|column| format!("({column})")),
    ];
    leaf.prop_recursive(2, 8, 2, |inner| {
        prop_oneof![
            (prop::sample::select(CALLS), inner.clone())
                .prop_map(|(call, value)| call.replace('@', &format!("({value})"))),
            (prop::sample::select(PAIRS), inner.clone(), inner).prop_map(|(call, a, b)| {
                call.replace('@', &format!("({a})")).replace('#', &format!("({b})"))
            }),
        ]
    })
}

fn comparison() -> impl Strategy<Value = String> {
    comparison_of(&value().boxed())
}

fn comparison_of(value: &BoxedStrategy<String>) -> impl Strategy<Value = String> + use<> {
    let value = || value.clone();
    let operators = &["=", "==", "<>", "!=", "<", "<=", ">", ">="][..];
    let not = || prop::sample::select(&["", "NOT "][..]);
    prop_oneof![
        4 => (value(), prop::sample::select(operators), value())
            .prop_map(|(left, operator, right)| format!("{left} {operator} {right}")),
        3 => (value(), not(), prop::sample::select(PATTERNS)).prop_map(|(value, not, pattern)| {
            format!("{value} {not}LIKE {} ESCAPE '\\'", quoted(pattern))
        }),
        1 => (value(), not(), prop::sample::select(EXPRESSIONS)).prop_map(
            |(value, not, expression)| format!("{value} {not}REGEXP {}", quoted(expression))
        ),
        2 => (value(), not(), prop::collection::vec(literal(), 0..4))
            .prop_map(|(value, not, list)| format!("{value} {not}IN ({})", list.join(", "))),
        2 => (value(), not(), value(), value())
            .prop_map(|(value, not, low, high)| format!("{value} {not}BETWEEN {low} AND {high}")),
        2 => (value(), not()).prop_map(|(value, not)| format!("{value} IS {not}NULL")),
        1 => prop::sample::select(&["TRUE", "FALSE", "NULL", "1", "0"][..]).prop_map(str::to_owned),
        1 => value(),
    ]
}

pub(crate) fn condition() -> impl Strategy<Value = String> {
    comparison().prop_recursive(4, 24, 3, |inner| {
        let many = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            many.clone().prop_map(|parts| parts.join(" AND ")),
            many.clone().prop_map(|parts| parts.join(" OR ")),
            many.prop_map(|parts| format!("({})", parts.join(" OR "))),
            inner.clone().prop_map(|part| format!("NOT {part}")),
            inner.clone().prop_map(|part| format!("NOT ({part})")),
            inner.clone().prop_map(|part| format!("COALESCE(({part}), 0)")),
            inner.clone().prop_map(|part| format!("COALESCE({part}, TRUE)")),
            inner.prop_map(|part| format!("NOT COALESCE(({part}), 0)")),
        ]
    })
}

pub(crate) fn row() -> impl Strategy<Value = Row> {
    let texts = |texts: &'static [&'static str]| {
        prop_oneof![
            1 => Just(Literal::Null),
            3 => prop::sample::select(texts).prop_map(|text| Literal::Text(text.to_owned())),
        ]
    };
    let numbers = || {
        let number = prop::sample::select(NUMBERS).prop_map(Literal::Integer);
        prop_oneof![1 => Just(Literal::Null), 3 => number]
    };
    let float = prop::sample::select(FLOATS).prop_map(Literal::Float);
    let floats = prop_oneof![1 => Just(Literal::Null), 3 => float];
    let kinds = texts(&["start", "exec", "EXEC", "stop", "modify"]);
    let origins = texts(&["fork", "exec", "poll"]);
    (kinds, origins, texts(TEXTS), texts(TEXTS), numbers(), numbers(), floats).prop_map(
        |(kind, origin, name, command_line, pid, ppid, cpu_usage)| {
            vec![
                ("kind", kind),
                ("origin", origin),
                ("name", name),
                ("command_line", command_line),
                ("pid", pid),
                ("ppid", ppid),
                ("cpu_usage", cpu_usage),
            ]
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_rule_selects_the_rows_that_sqlite_selects(
        table in prop::sample::select(&["process_events", "process_starts", "process_stops"][..]),
        condition in condition(),
        rows in prop::collection::vec(row(), 1..12),
    ) {
        let text = format!("SELECT time FROM {table} WHERE {condition}");
        let expected = selected(&rows, &text).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(judged(&rows, &text), expected, "{}", text);
    }

    #[test]
    fn a_table_of_with_has_the_columns_that_sqlite_gives_it(
        table in prop::sample::select(&["process_events", "process_starts"][..]),
        inner in condition(),
        outer in comparison_of(&prop::sample::select(&["v", "w", "x.v", "name", "pid"][..])
            .prop_map(str::to_owned).boxed()),
        (v, w) in (value(), value()),
        rows in prop::collection::vec(row(), 1..12),
    ) {
        let text = format!(
            "WITH x AS (SELECT time, name, pid, {v} AS v, {w} AS w FROM {table} WHERE {inner}), \
             y AS (SELECT * FROM x) SELECT time FROM y AS x WHERE {outer}"
        );
        let expected = selected(&rows, &text).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(judged(&rows, &text), expected, "{}", text);
    }
}
