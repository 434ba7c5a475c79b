//! Exceptions as a table, or one as a page.

use daemoneye_bus::alert::Alert;
use daemoneye_bus::control::{ExceptionDetail, ExceptionStatus};
use daemoneye_bus::handling::{Equal, Exception};
use serde::Serialize;

use super::alerts::what;
use super::escape::cut;
use super::page::Page;
use super::table::{self, lines, number};
use super::words::{count, time};
use crate::terminal::Look;

/// One exception, as JSON has it.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    status: ExceptionStatus,
    /// The latest that it covered.
    alerts: Vec<Covered>,
}

#[derive(Debug, Serialize)]
struct Covered {
    number: u64,
    alert: Alert,
}

impl Shown {
    /// From the agent's answer.
    ///
    /// # Errors
    /// If an alert in it is none: it came from another version.
    pub(crate) fn of(detail: ExceptionDetail) -> Result<Self, serde_json::Error> {
        let covered = detail.alerts.into_iter().map(|(number, json)| {
            let alert = json.alert()?;
            Ok(Covered { number, alert })
        });
        Ok(Shown { status: detail.status, alerts: covered.collect::<Result<_, _>>()? })
    }
}

/// The table.
pub(crate) fn table(exceptions: &[ExceptionStatus], look: &Look) -> String {
    if exceptions.is_empty() {
        return "no exceptions\n".to_owned();
    }
    let mut table =
        table::table(&["no", "hits", "last hit", "expires", "owner", "rule", "where"], 0..2, look);
    for status in exceptions {
        let Exception { rule, owner, fields, .. } = &status.exception;
        let last = status.hits.last.map_or("never".to_owned(), |last| time(last, look));
        table.add_row([
            number(status.exception.number),
            number(status.hits.count),
            table::text(&last),
            table::text(&expires(status, look)),
            table::text(owner),
            table::text(rule),
            table::text(&fields.iter().map(equal).collect::<Vec<_>>().join(" and ")),
        ]);
    }
    lines(&table, look)
}

/// One exception in one line.
pub(crate) fn line(status: &ExceptionStatus, look: &Look) -> String {
    let Exception { number, rule, fields, owner, .. } = &status.exception;
    let fields: Vec<_> = fields.iter().map(|field| cut(&equal(field))).collect();
    format!(
        "exception {number} from {} where {}; {} until {}; {} hits\n",
        cut(rule),
        fields.join(" and "),
        cut(owner),
        cut(&expires(status, look)),
        count(status.hits.count)
    )
}

/// The page.
pub(crate) fn page(shown: &Shown, look: &Look) -> String {
    let Shown { status, alerts } = shown;
    let exception = &status.exception;
    let mut page = Page::new(look);
    page.say("exception", vec![format!("{} from rule {}", exception.number, cut(&exception.rule))]);
    page.say("where", exception.fields.iter().map(|field| cut(&equal(field))).collect());
    page.say("because", vec![cut(&exception.reason)]);
    page.say("owner", vec![cut(&exception.owner)]);
    let by = exception.added_by.as_deref().unwrap_or("an unknown user");
    let mut added = vec![format!("{} by {}", time(exception.created, look), cut(by))];
    added.extend(exception.from_alert.iter().map(|id| format!("from alert {}", cut(id))));
    page.say("added", added);
    page.say("expires", vec![expires(status, look)]);
    let last = status.hits.last.map(|last| format!(", the last {}", time(last, look)));
    let hits = format!("{}{}", count(status.hits.count), last.unwrap_or_default());
    page.say("hits", vec![hits]);
    let covered = alerts.iter().map(|Covered { number, alert }| {
        format!("{number}  {}  {}", time(alert.time, look), cut(&what(alert)))
    });
    page.say("covered", covered.collect());
    page.text()
}

fn expires(status: &ExceptionStatus, look: &Look) -> String {
    let when = time(status.exception.expires, look);
    if status.expired { format!("{when} (EXPIRED)") } else { when }
}

fn equal(Equal { field, value }: &Equal) -> String {
    format!("{field} = {value}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{HOSTILE, alert, assert_fits, look};
    use daemoneye_bus::alert::Severity;
    use daemoneye_bus::control::{AlertJson, Tally};

    fn detail(word: &str, expired: bool) -> ExceptionDetail {
        let fields = vec![Equal { field: "user_name".to_owned(), value: word.to_owned() }];
        let exception = Exception {
            number: 3,
            rule: "shell-dev-tcp".to_owned(),
            fields,
            owner: word.to_owned(),
            reason: word.to_owned(),
            created: 1_000_000,
            expires: 9_000_000,
            added_by: Some(word.to_owned()),
            from_alert: Some("aa".to_owned()),
        };
        let hits = Tally { count: 1_234, last: Some(2_000_000) };
        let alerts = vec![(9, AlertJson::from(&alert(word, Severity::High)))];
        ExceptionDetail { status: ExceptionStatus { exception, expired, hits }, alerts }
    }

    #[test]
    fn the_table_says_what_is_covered_how_often_and_how_long() {
        let statuses = [detail("ops", false).status, detail("ops", true).status];
        let expected = "\
NO   HITS  LAST HIT             EXPIRES                        OWNER  RULE           WHERE
 3  1,234  1970-01-01 00:00:02  1970-01-01 00:00:09            ops    shell-dev-tcp  user_name = ops
 3  1,234  1970-01-01 00:00:02  1970-01-01 00:00:09 (EXPIRED)  ops    shell-dev-tcp  user_name = ops
";
        assert_eq!(table(&statuses, &look(110)), expected);
        assert_eq!(table(&[], &look(80)), "no exceptions\n");
    }

    #[test]
    fn the_page_shows_what_it_covered() {
        let expected = "\
exception   3 from rule shell-dev-tcp
where       user_name = ops
because     ops
owner       ops
added       1970-01-01 00:00:01 by ops
            from alert aa
expires     1970-01-01 00:00:09
hits        1,234, the last 1970-01-01 00:00:02
covered     9  1970-01-01 00:00:01  Shell opens /dev/tcp: pid 42, ops
";
        let shown = Shown::of(detail("ops", false)).expect("an exception");
        assert_eq!(page(&shown, &look(100)), expected);
    }

    #[test]
    fn all_of_it_fits_and_hostile_text_is_harmless_at_any_width() {
        for width in [60, 80, 200] {
            let shown = Shown::of(detail(HOSTILE, true)).expect("an exception");
            assert_fits(&page(&shown, &look(width)), width);
            assert_fits(&table(&[shown.status], &look(width)), width);
        }
    }
}
