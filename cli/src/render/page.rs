//! A page: a name and what is to be said of it, one below the other.

use comfy_table::{ColumnConstraint, Table, Width};
use owo_colors::OwoColorize;

use super::table::{bare, lines};
use crate::terminal::Look;

/// Wide enough for the longest name, `collectors`, and the space around it.
const NAMES: u16 = 12;

/// Lines under names.
pub(crate) struct Page<'a> {
    table: Table,
    look: &'a Look,
}

impl<'a> Page<'a> {
    pub(crate) fn new(look: &'a Look) -> Self {
        Page { table: bare(look), look }
    }

    /// Says something; what comes from the agent is escaped already. Without lines, nothing.
    pub(crate) fn say(&mut self, name: &str, texts: Vec<String>) {
        for (place, text) in texts.into_iter().enumerate() {
            let name = if place == 0 { name } else { "" };
            self.table.add_row([name.to_owned(), text]);
        }
    }

    /// The page as text; the first lines of what is wrong stand out.
    pub(crate) fn text(mut self) -> String {
        if let Some(names) = self.table.column_mut(0) {
            names.set_constraint(ColumnConstraint::Absolute(Width::Fixed(NAMES)));
        }
        let text = lines(&self.table, self.look);
        if !self.look.colours {
            return text;
        }
        let coloured = |line: &str| match line.strip_prefix("degraded ") {
            Some(rest) => format!("{} {rest}\n", "degraded".yellow().bold()),
            None => format!("{line}\n"),
        };
        text.lines().map(coloured).collect()
    }
}
