//! Dead letters as a table.

use daemoneye_bus::alert::Alert;
use serde::Serialize;

use super::table::{self, lines, number};
use super::words::time;
use crate::terminal::Look;

/// One dead letter, as JSON has it.
#[derive(Debug, Serialize)]
pub(crate) struct Document {
    /// The sink.
    pub(crate) sink: String,
    /// The alert's number.
    pub(crate) number: u64,
    /// When it died, microseconds since the Unix epoch.
    pub(crate) died: i64,
    /// How often it was tried.
    pub(crate) tries: u32,
    /// Why it is not tried any more.
    pub(crate) why: String,
    /// The alert; `null` if it is damaged.
    pub(crate) alert: Option<Alert>,
}

/// The table.
pub(crate) fn table(letters: &[Document], look: &Look) -> String {
    if letters.is_empty() {
        return "no dead letters\n".to_owned();
    }
    let labels = ["severity", "no", "tries", "sink", "died", "rule", "why"];
    let mut table = table::table(&labels, 1..3, look);
    for letter in letters {
        let alert = letter.alert.as_ref();
        table.add_row([
            table::text(alert.map_or("-", |alert| alert.severity.name())),
            number(letter.number),
            number(letter.tries.into()),
            table::text(&letter.sink),
            table::text(&time(letter.died, look)),
            table::text(alert.map_or("(damaged)", |alert| &alert.rule)),
            table::text(&letter.why),
        ]);
    }
    lines(&table, look)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{HOSTILE, alert, assert_fits, look};
    use daemoneye_bus::alert::Severity;

    fn letter(why: &str, alert: Option<Alert>) -> Document {
        let (sink, why) = ("webhook".to_owned(), why.to_owned());
        Document { sink, number: 17, died: 1_000_000, tries: 3, why, alert }
    }

    #[test]
    fn each_letter_says_where_when_and_why_it_died() {
        let known = letter("answer 400", Some(alert("x", Severity::High)));
        let expected = "\
SEVERITY  NO  TRIES  SINK     DIED                 RULE           WHY
high      17      3  webhook  1970-01-01 00:00:01  shell-dev-tcp  answer 400
-         17      3  webhook  1970-01-01 00:00:01  (damaged)      alert 17: EOF
";
        assert_eq!(table(&[known, letter("alert 17: EOF", None)], &look(100)), expected);
        assert_eq!(table(&[], &look(100)), "no dead letters\n");
    }

    #[test]
    fn the_table_fits_and_hostile_text_is_harmless_at_any_width() {
        for width in [60, 80, 200] {
            let mut hostile = letter(HOSTILE, Some(alert(HOSTILE, Severity::High)));
            hostile.sink = HOSTILE.to_owned();
            assert_fits(&table(&[hostile], &look(width)), width);
        }
    }
}
