//! Rows of a query.

use comfy_table::{Cell as TableCell, CellAlignment};
use daemoneye_bus::control::{Cell, Rows};
use serde::Serialize;
use serde_json::Value as Json;

use super::table::{lines, table, text as words};
use super::words::count;
use crate::terminal::Look;

/// The answer as JSON: values as themselves, `null` where there is none.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    columns: &'a [String],
    rows: Vec<Vec<Json>>,
    scanned: u64,
    more: bool,
}

impl<'a> From<&'a Rows> for Document<'a> {
    fn from(rows: &'a Rows) -> Self {
        let value = |cell: &Option<Cell>| match cell {
            None => Json::Null,
            Some(Cell::Integer(number)) => Json::from(*number),
            Some(Cell::Float(number)) => Json::from(*number),
            Some(Cell::Text(text)) => Json::from(text.as_str()),
        };
        Document {
            columns: &rows.columns,
            rows: rows.rows.iter().map(|row| row.iter().map(value).collect()).collect(),
            scanned: rows.scanned,
            more: rows.more,
        }
    }
}

/// The answer as a table, and what was looked at for it.
pub(crate) fn text(rows: &Rows, look: &Look) -> String {
    let found = count(rows.rows.len() as u64);
    let more = if rows.more { "; there are more, see --limit" } else { "" };
    let end = format!("{found} rows of {} events{more}\n", count(rows.scanned));
    if rows.rows.is_empty() {
        return end;
    }
    let labels: Vec<&str> = rows.columns.iter().map(String::as_str).collect();
    let mut table = table(&labels, 0..0, look);
    for row in &rows.rows {
        table.add_row(row.iter().map(cell));
    }
    lines(&table, look) + "\n" + &end
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

    fn rows(command_line: &str) -> Rows {
        Rows {
            columns: vec!["pid".to_owned(), "command_line".to_owned(), "cpu_usage".to_owned()],
            rows: vec![
                vec![Some(Cell::Integer(42)), Some(Cell::Text(command_line.to_owned())), None],
                vec![Some(Cell::Integer(7)), None, Some(Cell::Float(0.5))],
            ],
            scanned: 12_000,
            more: true,
        }
    }

    #[test]
    fn a_row_is_a_line_and_the_end_says_what_was_looked_at() {
        let expected = "\
PID  COMMAND_LINE  CPU_USAGE
 42  ls            -
  7  -                   0.5

2 rows of 12,000 events; there are more, see --limit
";
        assert_eq!(text(&rows("ls"), &look(80)), expected);
        let nothing = Rows { rows: Vec::new(), more: false, ..rows("") };
        assert_eq!(text(&nothing, &look(80)), "0 rows of 12,000 events\n");
    }

    #[test]
    fn as_json_values_are_themselves() {
        let json: Json =
            serde_json::from_str(&document(&Document::from(&rows("ls\n")))).expect("JSON");
        let expected = serde_json::json!({
            "columns": ["pid", "command_line", "cpu_usage"],
            "rows": [[42, "ls\n", null], [7, null, 0.5]],
            "scanned": 12_000,
            "more": true,
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn the_table_fits_and_hostile_text_is_harmless_at_any_width() {
        for width in [60, 80, 200] {
            assert_fits(&text(&rows(HOSTILE), &look(width)), width);
        }
    }
}
