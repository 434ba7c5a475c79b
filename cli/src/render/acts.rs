//! Acts of the ledger as a table.

use serde::Serialize;

use super::table::{self, lines, number};
use super::words::time;
use crate::terminal::Look;

/// One act, as JSON has it.
#[derive(Debug, Serialize)]
pub(crate) struct Told {
    /// Which entry it is.
    pub(crate) index: u64,
    /// When it was written, microseconds since the Unix epoch.
    pub(crate) time: i64,
    /// What: `agent.` stands before what the agent has told.
    pub(crate) act: String,
    /// More about it.
    pub(crate) detail: String,
}

/// The table.
pub(crate) fn table(acts: &[Told], look: &Look) -> String {
    if acts.is_empty() {
        return "no acts\n".to_owned();
    }
    let mut table = table::table(&["entry", "time", "act", "detail"], 0..1, look);
    for Told { index, time: at, act, detail } in acts {
        let at = table::text(&time(*at, look));
        table.add_row([number(*index), at, table::text(act), table::text(detail)]);
    }
    lines(&table, look)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{HOSTILE, assert_fits, look};

    fn told(detail: &str) -> Vec<Told> {
        let (act, detail) = ("pause".to_owned(), detail.to_owned());
        vec![Told { index: 7, time: 0, act, detail }]
    }

    #[test]
    fn an_act_is_a_line_and_hostile_text_is_harmless() {
        let expected = "\
ENTRY  TIME                 ACT    DETAIL
    7  1970-01-01 00:00:00  pause  by=cli:17
";
        assert_eq!(table(&told("by=cli:17"), &look(80)), expected);
        assert_eq!(table(&[], &look(80)), "no acts\n");
        assert_fits(&table(&told(HOSTILE), &look(60)), 60);
    }
}
