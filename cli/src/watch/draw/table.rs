//! A list in columns. Where there is little room, columns are left out; the chosen line is always
//! seen.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Row, Table};

use super::paint::Paint;

/// One column.
pub(super) struct Column {
    pub(super) title: &'static str,
    pub(super) width: Width,
    /// Narrower screens do without it.
    pub(super) from: u16,
}

/// How wide a column is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// So many columns of the terminal, its text on the left.
    Left(u16),
    /// So many, its numbers on the right.
    Right(u16),
    /// What is left.
    Rest,
}

impl Column {
    pub(super) const fn left(title: &'static str, width: u16, from: u16) -> Self {
        Column { title, width: Width::Left(width), from }
    }

    pub(super) const fn right(title: &'static str, width: u16, from: u16) -> Self {
        Column { title, width: Width::Right(width), from }
    }

    pub(super) const fn rest(title: &'static str) -> Self {
        Column { title, width: Width::Rest, from: 0 }
    }

    fn constraint(&self) -> Constraint {
        match self.width {
            Width::Left(width) | Width::Right(width) => Constraint::Length(width),
            Width::Rest => Constraint::Fill(1),
        }
    }

    fn align(&self, cell: Line<'static>) -> Line<'static> {
        match self.width {
            Width::Right(_) => cell.alignment(Alignment::Right),
            Width::Left(_) | Width::Rest => cell,
        }
    }
}

/// Draws as many lines as fit, the chosen one in the middle. `cells` gives those of a line, one for
/// each column.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    columns: &[Column],
    (length, chosen): (usize, usize),
    cells: impl Fn(usize) -> Vec<Line<'static>>,
    paint: Paint,
) {
    let shown = |column: &&Column| area.width >= column.from;
    let room = usize::from(area.height.saturating_sub(1));
    let first = chosen.saturating_sub(room / 2).min(length.saturating_sub(room));
    let row = |place: usize| {
        let cells = columns.iter().zip(cells(place)).filter(|(column, _)| shown(column));
        let row = Row::new(cells.map(|(column, cell)| column.align(cell)).collect::<Vec<_>>());
        if place == chosen { row.style(paint.chosen()) } else { row }
    };
    let rows: Vec<Row<'_>> = (first..length).take(room).map(row).collect();
    let title = |column: &Column| column.align(Line::from(column.title));
    let titles: Vec<Line<'_>> = columns.iter().filter(shown).map(title).collect();
    let widths = columns.iter().filter(shown).map(Column::constraint);
    let table = Table::new(rows, widths).header(Row::new(titles).style(paint.label()));
    frame.render_widget(table.column_spacing(1), area);
}

/// Says that a list is empty, and why.
pub(super) fn empty(frame: &mut Frame<'_>, area: Rect, why: &str) {
    frame.render_widget(Line::from(why.to_owned()), area);
}
