//! Alerts as a table, or as one line each.

use daemoneye_bus::alert::Alert;
use daemoneye_bus::control::ListedAlert;
use daemoneye_bus::handling::AlertState;
use owo_colors::OwoColorize;
use serde::Serialize;
use serde_json::Value as Json;

use super::escape::cut;
use super::table::{self, lines, number, style};
use super::words::{count, time};
use crate::terminal::Look;

/// One alert of a list, as JSON has it: the alert, and more.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    #[serde(flatten)]
    alert: Alert,
    number: u64,
    state: AlertState,
    repeated: u64,
}

impl Listed {
    /// From the agent's answer.
    ///
    /// # Errors
    /// If it is no alert: it came from another version.
    pub(crate) fn of(listed: ListedAlert) -> Result<Self, serde_json::Error> {
        let ListedAlert { number, alert, state, repeated } = listed;
        Ok(Listed { alert: alert.alert()?, number, state, repeated })
    }
}

/// The table of those in one state, or in any.
pub(crate) fn table(alerts: &[Listed], state: Option<AlertState>, look: &Look) -> String {
    if alerts.is_empty() {
        return match state {
            Some(state) => format!("no {} alerts\n", state.name()),
            None => "no alerts\n".to_owned(),
        };
    }
    let labels = ["severity", "no", "state", "time", "rule", "what"];
    // In a list of one state nobody has to be told which.
    let wanted = |place: usize| state.is_none() || labels[place] != "state";
    let shown: Vec<&str> =
        labels.iter().enumerate().filter(|(place, _)| wanted(*place)).map(|(_, l)| *l).collect();
    let mut table = table::table(&shown, 1..2, look);
    for Listed { alert, number: no, state, repeated } in alerts {
        let cells = [
            table::text(alert.severity.name()),
            number(*no),
            table::text(state.name()),
            table::text(&time(alert.time, look)),
            table::text(&alert.rule),
            table::text(&(what(alert) + &repeats(*repeated))),
        ];
        let cells = cells.into_iter().enumerate().filter(|(place, _)| wanted(*place));
        table.add_row(cells.map(|(_, cell)| cell).collect::<Vec<_>>());
    }
    lines(&table, look)
}

fn repeats(repeated: u64) -> String {
    if repeated > 0 { format!(", {} repeats", count(repeated)) } else { String::new() }
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
        let alerts = [
            listed(7, alert("bash -c x", Severity::High), 0),
            listed(1_000, alert("y", Severity::Info), 3),
        ];
        let expected = "\
SEVERITY     NO  TIME                 RULE           WHAT
high          7  1970-01-01 00:00:01  shell-dev-tcp  Shell opens /dev/tcp: pid 42, bash -c x
info      1,000  1970-01-01 00:00:01  shell-dev-tcp  Shell opens /dev/tcp: pid 42, y, 3 repeats
";
        let open = Some(AlertState::Open);
        assert_eq!(table(&alerts, open, &look(100)), expected);
        assert_eq!(table(&[], open, &look(100)), "no open alerts\n");
        assert_eq!(table(&[], None, &look(100)), "no alerts\n");
    }

    #[test]
    fn in_a_list_of_all_states_each_alert_says_its_own() {
        let mut closed = listed(7, alert("x", Severity::High), 0);
        closed.state = AlertState::Closed;
        let expected = "\
SEVERITY  NO  STATE   TIME                 RULE           WHAT
high       7  closed  1970-01-01 00:00:01  shell-dev-tcp  Shell opens /dev/tcp: pid 42, x
";
        assert_eq!(table(&[closed], None, &look(100)), expected);
    }

    fn listed(number: u64, alert: Alert, repeated: u64) -> Listed {
        Listed { alert, number, state: AlertState::Open, repeated }
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
            let hostile = listed(1, alert(HOSTILE, Severity::High), 0);
            assert_fits(&table(&[hostile], None, &look(width)), width);
        }
    }

    #[test]
    fn severities_are_coloured_and_the_same_words_elsewhere_are_not() {
        let mut look = look(200);
        look.colours = true;
        let text = table(&[listed(1, alert("high critical", Severity::High), 0)], None, &look);
        assert_eq!(text.matches('\x1b').count(), 2, "{text:?}");
    }
}
