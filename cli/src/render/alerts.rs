//! Alerts as a table, or as one line each.

use daemoneye_bus::alert::Alert;
use owo_colors::OwoColorize;
use serde_json::Value as Json;

use super::escape::cut;
use super::table::{self, lines, number, style};
use super::words::time;
use crate::terminal::Look;

/// The table.
pub(crate) fn table(alerts: &[(u64, Alert)], look: &Look) -> String {
    if alerts.is_empty() {
        return "no alerts\n".to_owned();
    }
    let mut table = table::table(&["severity", "no", "time", "rule", "what"], 1..2, look);
    for (no, alert) in alerts {
        table.add_row([
            table::text(alert.severity.name()),
            number(*no),
            table::text(&time(alert.time, look)),
            table::text(&alert.rule),
            table::text(&what(alert)),
        ]);
    }
    lines(&table, look)
}

/// One line without its end, however wide.
pub(crate) fn line(alert: &Alert, look: &Look) -> String {
    let severity = format!("{:<8}", alert.severity);
    let severity =
        if look.colours { severity.style(style(alert.severity)).to_string() } else { severity };
    format!("{}  {severity}  {}  {}", time(alert.time, look), cut(&alert.rule), cut(&what(alert)))
}

/// Title, and the process: pid, user, command line or else the program.
pub(crate) fn what(alert: &Alert) -> String {
    let of = |field: &str| match alert.event.get(field) {
        Some(Json::String(text)) => Some(text.clone()),
        Some(Json::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let pid = of("pid").map(|pid| format!("pid {pid}"));
    let user = of("user_name").map(|user| format!("user {user}"));
    let program = of("command_line").or_else(|| of("executable_path")).or_else(|| of("name"));
    let repeats = (alert.repeats > 0).then(|| format!("after {} repeats", alert.repeats));
    let facts: Vec<String> = [pid, user, program, repeats].into_iter().flatten().collect();
    if facts.is_empty() {
        alert.title.clone()
    } else {
        format!("{}: {}", alert.title, facts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{HOSTILE, alert, assert_fits, look};
    use daemoneye_bus::alert::Severity;

    #[test]
    fn a_table_of_alerts_has_one_row_each() {
        let alerts = [(7, alert("bash -c x", Severity::High)), (1_000, alert("y", Severity::Info))];
        let expected = "\
SEVERITY     NO  TIME                 RULE           WHAT
high          7  1970-01-01 00:00:01  shell-dev-tcp  Shell opens /dev/tcp: pid 42, bash -c x
info      1,000  1970-01-01 00:00:01  shell-dev-tcp  Shell opens /dev/tcp: pid 42, y
";
        assert_eq!(table(&alerts, &look(100)), expected);
        assert_eq!(table(&[], &look(100)), "no alerts\n");
    }

    #[test]
    fn a_line_per_alert_is_one_line_whatever_is_in_it() {
        let look = look(40);
        let text = line(&alert("bash -c x", Severity::Critical), &look);
        let expected =
            "1970-01-01 00:00:01  critical  shell-dev-tcp  Shell opens /dev/tcp: pid 42, bash -c x";
        assert_eq!(text, expected);
        assert!(!line(&alert(HOSTILE, Severity::Low), &look).contains(['\n', '\x1b', '\u{202e}']));
    }

    #[test]
    fn the_table_fits_and_hostile_text_is_harmless_at_any_width() {
        for width in [40, 80, 200] {
            assert_fits(&table(&[(1, alert(HOSTILE, Severity::High))], &look(width)), width);
        }
    }

    #[test]
    fn severities_are_coloured_and_the_same_words_elsewhere_are_not() {
        let mut look = look(200);
        look.colours = true;
        let text = table(&[(1, alert("high critical", Severity::High))], &look);
        assert_eq!(text.matches('\x1b').count(), 2, "{text:?}");
    }
}
