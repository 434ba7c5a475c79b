//! Rows of a query: as a table, as one document, as lines of JSON, as CSV.

use std::collections::HashSet;

use comfy_table::{Cell as TableCell, CellAlignment};
use daemoneye_bus::control::{Cell, HuntEnd as End};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::document::line;
use super::escape::escape;
use super::table::{lines, table, text as words};
use super::words::count;
use crate::sheet::Row;
use crate::terminal::Look;

/// What is said behind the last row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HuntEnd {
    /// Events that were looked at.
    pub(crate) scanned: u64,
    pub(crate) end: End,
}

/// The answer as JSON: values as themselves, `null` where there is none.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    columns: &'a [String],
    rows: Vec<Vec<Json>>,
    scanned: u64,
    matched: u64,
    more: bool,
    complete: bool,
    degraded: &'a [String],
    took_us: u64,
}

impl<'a> Document<'a> {
    pub(crate) fn new(columns: &'a [String], rows: &[Row], told: &'a HuntEnd) -> Self {
        let HuntEnd { scanned, end: End { matched, more, degraded, took } } = told;
        Document {
            columns,
            rows: rows.iter().map(|row| row.iter().map(value).collect()).collect(),
            scanned: *scanned,
            matched: *matched,
            more: *more,
            complete: degraded.is_empty(),
            degraded,
            took_us: *took,
        }
    }
}

pub(super) fn value(cell: &Option<Cell>) -> Json {
    match cell {
        None => Json::Null,
        Some(Cell::Integer(number)) => Json::from(*number),
        Some(Cell::Float(number)) => Json::from(*number),
        Some(Cell::Text(text)) => Json::from(text.as_str()),
    }
}

/// Each row as an object on a line of its own. The second column of a name is called `name_2`.
pub(crate) fn json_lines(columns: &[String], rows: &[Row]) -> Vec<u8> {
    let columns = distinct(columns);
    let mut bytes = Vec::new();
    for row in rows {
        let values = row.iter().map(value);
        let object: Map<String, Json> = columns.iter().cloned().zip(values).collect();
        bytes.extend(line(&object).into_bytes());
        bytes.push(b'\n');
    }
    bytes
}

/// The labels, each once: the second `name` is `name_2`, or the next that is no label of another.
pub(crate) fn distinct(columns: &[String]) -> Vec<String> {
    let mut given = HashSet::new();
    let named = columns.iter().map(|column| {
        let others = (2..).map(|number| format!("{column}_{number}"));
        let others = others.filter(|name| !columns.contains(name));
        let mut names = std::iter::once(column.clone()).chain(others);
        names.find(|name| given.insert(name.clone())).expect("numbers do not end")
    });
    named.collect()
}

/// Records as RFC 4180 has them, with lines that end in CR LF; NULL is an empty field. Before eyes,
/// what a terminal would obey is spelled out; a program gets the text as it is.
pub(crate) fn csv(heading: Option<&[String]>, rows: &[Row], is_terminal: bool) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(Vec::new());
    let shown = |text: &str| if is_terminal { escape(text).into_owned() } else { text.to_owned() };
    let record =
        |row: &Row| -> Vec<String> { row.iter().map(|cell| shown(&plain(cell))).collect() };
    let heading: Option<Vec<String>> =
        heading.map(|columns| columns.iter().map(|label| shown(label)).collect());
    for record in heading.into_iter().chain(rows.iter().map(record)) {
        writer.write_record(record).expect("memory takes records of any length");
    }
    writer.into_inner().expect("memory takes all bytes")
}

fn plain(cell: &Option<Cell>) -> String {
    cell.as_ref().map(spelled).unwrap_or_default()
}

/// A value as text.
pub(crate) fn spelled(cell: &Cell) -> String {
    match cell {
        Cell::Integer(number) => number.to_string(),
        Cell::Float(number) => number.to_string(),
        Cell::Text(text) => text.clone(),
    }
}

/// The answer as a table, what was looked at for it, and whether it is complete.
pub(crate) fn text(columns: &[String], rows: &[Row], told: &HuntEnd, look: &Look) -> String {
    let HuntEnd { scanned, end } = told;
    let more = if end.more { "; there are more, see --limit" } else { "" };
    let (found, scanned) = (count(rows.len() as u64), count(*scanned));
    let took = count(end.took / 1_000);
    let mut last = format!("{found} rows of {scanned} events in {took} ms{more}\n");
    for why in &end.degraded {
        last += &format!("not complete: {}\n", escape(why));
    }
    if rows.is_empty() { last } else { grid(columns, rows, look) + "\n" + &last }
}

/// Rows under their labels.
pub(super) fn grid(columns: &[String], rows: &[Row], look: &Look) -> String {
    let labels: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut table = table(&labels, 0..0, look);
    for row in rows {
        table.add_row(row.iter().map(cell));
    }
    lines(&table, look)
}

fn cell(cell: &Option<Cell>) -> TableCell {
    let right = |number: String| TableCell::new(number).set_alignment(CellAlignment::Right);
    match cell {
        None => TableCell::new("-"),
        Some(Cell::Integer(number)) => right(number.to_string()),
        Some(Cell::Float(number)) => right(number.to_string()),
        Some(Cell::Text(text)) => words(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::document;
    use crate::render::samples::{HOSTILE, assert_fits, look};

    fn columns() -> Vec<String> {
        ["pid", "command_line", "pid"].map(str::to_owned).to_vec()
    }

    fn rows(command_line: &str) -> Vec<Row> {
        vec![
            vec![Some(Cell::Integer(42)), Some(Cell::Text(command_line.to_owned())), None],
            vec![Some(Cell::Integer(7)), None, Some(Cell::Float(0.5))],
        ]
    }

    fn end() -> HuntEnd {
        let end = End { matched: 2, more: true, degraded: Vec::new(), took: 1_500 };
        HuntEnd { scanned: 12_000, end }
    }

    #[test]
    fn a_row_is_a_line_and_the_end_says_what_was_looked_at() {
        let told = text(&columns(), &rows("ls"), &end(), &look(80));
        assert!(told.starts_with("PID  COMMAND_LINE  PID\n 42  ls            -\n"), "{told}");
        assert!(told.contains("\n2 rows of 12,000 events in "), "{told}");
        assert!(told.ends_with("; there are more, see --limit\n"), "{told}");
    }

    #[test]
    fn what_may_be_missing_is_said_below_the_rows() {
        let mut told = end();
        told.end.degraded = vec!["7 events\x1b[2J of this time were lost".to_owned()];
        let told = text(&columns(), &[], &told, &look(80));
        assert!(told.ends_with("\nnot complete: 7 events\\u{1b}[2J of this time were lost\n"));
    }

    #[test]
    fn as_json_values_are_themselves() {
        let (columns, rows, end) = (columns(), rows("ls\n"), end());
        let document = document(&Document::new(&columns, &rows, &end));
        let json: Json = serde_json::from_str(&document).expect("JSON");
        let expected = serde_json::json!({
            "columns": ["pid", "command_line", "pid"],
            "rows": [[42, "ls\n", null], [7, null, 0.5]],
            "scanned": 12_000,
            "matched": 2,
            "more": true,
            "complete": true,
            "degraded": [],
            "took_us": 1_500,
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn a_line_of_json_is_one_row_whatever_is_in_it() {
        let long = "x".repeat(1 << 20);
        for hostile in [HOSTILE, "a\nb\r\u{2028}c", &long] {
            let bytes = json_lines(&columns(), &rows(hostile));
            let text = str::from_utf8(&bytes).expect("UTF-8");
            let read = |line| serde_json::from_str::<Json>(line).expect("JSON");
            let read: Vec<Json> = text.lines().map(read).collect();
            assert_eq!(read.len(), 2);
            assert_eq!(read[0]["command_line"], hostile);
            assert_eq!(read[1]["pid_2"], 0.5);
            assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
        }
    }

    #[test]
    fn csv_is_read_back_as_it_was_and_before_eyes_it_is_harmless() {
        let long = "x,\"".repeat(1 << 18);
        for hostile in [HOSTILE, "a\nb\r\nc,\"d\"", "", &long] {
            let bytes = csv(Some(&columns()), &rows(hostile), false);
            let mut reader = csv::Reader::from_reader(bytes.as_slice());
            let records: Vec<_> =
                reader.records().map(|record| record.expect("a record")).collect();
            assert_eq!((&records[0][1], &records[1][2]), (hostile, "0.5"));
            assert_eq!(reader.headers().expect("a heading").len(), 3);
            let seen = csv(None, &rows(hostile), true);
            let seen = String::from_utf8(seen).expect("UTF-8");
            assert!(!seen.replace("\r\n", "").chars().any(char::is_control));
        }
    }

    #[test]
    fn the_table_fits_and_hostile_text_is_harmless_at_any_width() {
        for width in [60, 80, 200] {
            assert_fits(&text(&columns(), &rows(HOSTILE), &end(), &look(width)), width);
        }
    }
}
