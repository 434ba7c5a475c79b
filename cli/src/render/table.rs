//! Tables that fit, without lines: a terminal's width is for what they say.

use std::ops::Range;

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use daemoneye_bus::alert::Severity;
use owo_colors::{OwoColorize, Style};

use super::escape::cut;
use super::words::count;
use crate::terminal::Look;

/// A table with these labels; these columns are numbers, compared with those above and below.
pub(super) fn table(labels: &[&str], numbers: Range<usize>, look: &Look) -> Table {
    let mut table = bare(look);
    table.set_header(labels.iter().map(|label| cut(label).to_uppercase()));
    for column in numbers {
        align_right(&mut table, column);
    }
    table
}

/// Numbers stand one below the other.
pub(super) fn align_right(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

/// A table without labels.
pub(super) fn bare(look: &Look) -> Table {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(look.width);
    table
}

/// Text from the agent.
pub(super) fn text(text: &str) -> Cell {
    Cell::new(cut(text))
}

/// A number.
pub(super) fn number(number: u64) -> Cell {
    Cell::new(count(number))
}

/// The table as lines. Words of severity at the start of a line are coloured: only a first column
/// of ours stands there.
pub(super) fn lines(table: &Table, look: &Look) -> String {
    let lines = table.lines().map(|line| {
        let line = line.strip_prefix(' ').unwrap_or(&line).trim_end();
        if look.colours { coloured(line) } else { line.to_owned() }
    });
    lines.map(|line| line + "\n").collect()
}

fn coloured(line: &str) -> String {
    let word = line.split(' ').next().unwrap_or_default();
    match word.parse::<Severity>() {
        Ok(severity) => format!("{}{}", word.style(style(severity)), &line[word.len()..]),
        Err(_) => line.to_owned(),
    }
}

/// The colour of a severity.
pub(super) fn style(severity: Severity) -> Style {
    match severity {
        Severity::Info => Style::new().dimmed(),
        Severity::Low => Style::new().cyan(),
        Severity::Medium => Style::new().yellow(),
        Severity::High => Style::new().red(),
        Severity::Critical => Style::new().red().bold().reversed(),
    }
}
