//! Upper and lower case, and numbers beside texts: in which comparisons SQLite regards them.

use crate::row::Row;
use crate::sqlite::{judged, selected};
use daemoneye_plan::Literal::{Float, Integer, Text};

/// `v` and `w` are calculated by a table of WITH.
const CONDITIONS: &[&str] = &[
    "name = command_line",
    "name = 'BASH'",
    "lower(name) = 'BASH'",
    "lower(name) = command_line",
    "command_line = lower(name)",
    "lower(name) = upper(command_line)",
    "CAST(name AS TEXT) = 'BASH'",
    "'BASH' = CAST(name AS TEXT)",
    "CAST(lower(name) AS TEXT) = 'BASH'",
    "CAST(pid AS TEXT) = name",
    "name = CAST(pid AS TEXT)",
    "CAST(pid AS TEXT) = 12",
    "CAST(name AS INTEGER) = '12'",
    "CAST(name AS REAL) = command_line",
    "CAST(name AS TEXT) = pid",
    "length(name) = '4'",
    "length(name) < name",
    "pid || '' = 12",
    "pid + 0 = '12'",
    "pid = '12'",
    "name = 12",
    "COALESCE(name, 1) = 'BASH'",
    "name || '' = command_line",
    "(name = 'bash') = '1'",
    "name IN ('BASH', 12)",
    "lower(name) IN ('BASH', '12')",
    "CAST(name AS TEXT) IN ('BASH', 12)",
    "CAST(pid AS TEXT) IN (12)",
    "length(name) IN ('4')",
    "name BETWEEN 'BA' AND lower('BASI')",
    "lower(name) BETWEEN command_line AND 'z'",
    "nullif(name, 'BASH') IS NULL",
    "nullif(lower(name), 'BASH') IS NULL",
    "nullif('BASH', name) IS NULL",
    "nullif(pid, '12') IS NULL",
    "max(name, 'BASH') = 'bash'",
    "max('BASH', lower(name)) = 'bash'",
    "min(lower(name), command_line, 'B') = 'B'",
    "min(pid, name) = pid",
    "CASE name WHEN 'BASH' THEN 1 END",
    "CASE lower(name) WHEN 'BASH' THEN 1 END",
    "CASE 'BASH' WHEN name THEN 1 END",
    "CASE pid WHEN '12' THEN 1 END",
    "CASE CAST(name AS TEXT) WHEN 'BASH' THEN 1 END",
    "CASE CAST(pid AS TEXT) WHEN 12 THEN 1 END",
    "iif(name = 'BASH', name, 'BASH') = 'BASH'",
    "instr(name, 'AS') > 0",
    "replace(name, 'AS', '') = name",
    "v = name",
    "name = v",
    "v = 'BASH'",
    "v = w",
    "w = name",
    "w = 12",
    "w = '12'",
    "v IN ('bash')",
    "nullif(v, name) IS NULL",
    "max(v, name) = v",
    "CAST(v AS TEXT) = name",
    "CASE v WHEN name THEN 1 END",
];

/// What the table of WITH calculates as `v` and `w`.
const CALCULATED: &[(&str, &str)] = &[
    ("lower(name)", "pid"),
    ("upper(name)", "command_line"),
    ("name", "pid || ''"),
    ("'Bash'", "12"),
    ("CAST(name AS TEXT)", "CAST(pid AS TEXT)"),
    ("COALESCE(name, 'x')", "CAST(name AS INTEGER)"),
    ("max(name, 'a')", "name = 'BASH'"),
];

fn rows() -> Vec<Row> {
    let texts = ["bash", "BASH", "Bash", "12", "12.0", "a", "z", ""];
    let pair = |left: usize, right: usize| {
        let text = |place: usize| Text(texts[place].to_owned());
        let number = [0_i64, 4, 12][(left + right) % 3];
        vec![
            ("name", text(left)),
            ("command_line", text(right)),
            ("pid", Integer(number)),
            ("cpu_usage", Float(12.0)),
        ]
    };
    let places = 0..texts.len();
    places.clone().flat_map(|left| places.clone().map(move |right| pair(left, right))).collect()
}

#[test]
fn every_comparison_regards_what_sqlite_regards() {
    let rows = rows();
    for (v, w) in CALCULATED {
        for condition in CONDITIONS {
            let text = format!(
                "WITH x AS (SELECT *, {v} AS v, {w} AS w FROM process_events)
                 SELECT time FROM x WHERE {condition}"
            );
            let expected = selected(&rows, &text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(judged(&rows, &text), expected, "{text}");
        }
    }
}
