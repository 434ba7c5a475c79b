//! A table for people: the first column is a name, the others are amounts.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement};

use crate::line::line;

/// Rows under labels.
pub(crate) struct Table(comfy_table::Table);

impl Table {
    pub(crate) fn new<const N: usize>(labels: [&str; N]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(labels);
        table.column_iter_mut().skip(1).for_each(|column| {
            column.set_cell_alignment(CellAlignment::Right);
        });
        Table(table)
    }

    /// The last column is a word.
    pub(crate) fn with_last_as_word(mut self) -> Self {
        if let Some(column) = self.0.column_iter_mut().last() {
            column.set_cell_alignment(CellAlignment::Left);
        }
        self
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.0.add_row(cells);
    }

    pub(crate) fn show(&self, out: &mut String) {
        self.0.lines().for_each(|text| line(out, text.trim()));
    }
}
