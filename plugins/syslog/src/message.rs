//! An alert as one message of RFC 5424.

use daemoneye_format::{Alert, Origin, Severity, rfc3339, safe};

use crate::configuration::{Configuration, Text};
use crate::element::Element;

const APP_NAME: &str = "daemoneye-agent";
const NIL: &str = "-";
/// RFC 5424, section 6.
const MAX_HOSTNAME: usize = 255;
const MAX_MSGID: usize = 32;
/// Digits of the longest count of bytes.
const COUNT: usize = 20;

/// The message for an alert, given as the agent's JSON: at most `max_bytes` long. What does not fit
/// of its text is left out and counted in the parameter `omittedBytes`.
///
/// # Errors
/// If the JSON is not that of an alert.
pub fn message(
    json: &str,
    configuration: &Configuration,
    origin: &Origin,
) -> Result<String, serde_json::Error> {
    let alert: Alert = serde_json::from_str(json)?;
    let text = match configuration.text {
        Text::Line => line(&alert),
        Text::Format(format) => format.render(json, origin)?,
    };
    let head = head(&alert, configuration, origin);
    let whole = |text: &str, omitted: Option<&str>| {
        let element = element(&alert, configuration).with("omittedBytes", omitted).end();
        format!("{head} {element} {text}")
    };
    let fitting = whole(&text, None);
    if fitting.len() <= configuration.max_bytes {
        return Ok(fitting);
    }
    let around = whole("", Some(&"0".repeat(COUNT))).len();
    let kept = text.floor_char_boundary(configuration.max_bytes.saturating_sub(around));
    Ok(whole(&text[..kept], Some(&(text.len() - kept).to_string())))
}

fn head(alert: &Alert, configuration: &Configuration, origin: &Origin) -> String {
    let priority = configuration.facility.code() * 8 + severity(alert.severity);
    let time = rfc3339(alert.time).unwrap_or_else(|| NIL.to_owned());
    let host = field(&origin.host, MAX_HOSTNAME);
    let id = field(&alert.rule, MAX_MSGID);
    format!("<{priority}>1 {time} {host} {APP_NAME} {NIL} {id}")
}

/// RFC 5424, table 2; the worst two are for the system that is about to fall.
fn severity(severity: Severity) -> u8 {
    match severity {
        Severity::Critical => 2,
        Severity::High => 3,
        Severity::Medium => 4,
        Severity::Low => 5,
        Severity::Info => 6,
    }
}

/// Printable ASCII without spaces, cut at its limit; `-` if nothing is left.
fn field(text: &str, most: usize) -> String {
    let field: String = text.chars().filter(char::is_ascii_graphic).take(most).collect();
    if field.is_empty() { NIL.to_owned() } else { field }
}

fn element(alert: &Alert, configuration: &Configuration) -> Element {
    let event = |name| alert.field(name);
    Element::new(&configuration.sd_id)
        .with("id", Some(&alert.id))
        .with("rule", Some(&alert.rule))
        .with("pack", Some(&alert.pack))
        .with("severity", Some(alert.severity.name()))
        .with("title", Some(&alert.title))
        .with("techniques", Some(&alert.techniques.join(",")))
        .with("pid", event("pid").as_deref())
        .with("user", event("user_name").as_deref())
        .with("path", event("executable_path").as_deref())
}

/// For people.
fn line(alert: &Alert) -> String {
    let event = |name| alert.field(name).unwrap_or_else(|| "?".to_owned());
    let (severity, title) = (alert.severity.name().to_uppercase(), &alert.title);
    let (name, pid, user) = (event("name"), event("pid"), event("user_name"));
    safe(&format!("{severity} {title}: {name} (pid {pid}, user {user}): {}", event("command_line")))
}

#[cfg(test)]
mod tests {
    use daemoneye_format::Format;
    use proptest::prelude::*;
    use serde_json::json;
    use syslog_rfc5424::{SyslogMessage, SyslogSeverity, parse_message};

    use super::*;

    fn origin() -> Origin {
        Origin { host: "web-1.example.org".to_owned(), version: "0.1.0".to_owned() }
    }

    fn alert(title: &str, command_line: &str) -> String {
        json!({
            "id": "00112233445566778899aabbccddeeff", "time": 1_767_225_600_123_456_i64,
            "latency": 5, "rule": "reverse-shell", "title": title, "pack": "linux",
            "severity": "critical", "techniques": ["T1059.004", "T1105"], "evidence": [],
            "shown": {}, "repeats": 0,
            "event": {"kind": "exec", "pid": 4711, "name": "bash", "user_name": "www-data",
                      "command_line": command_line},
        })
        .to_string()
    }

    fn configuration(json: &str) -> Configuration {
        Configuration::parse(json).expect(json)
    }

    fn parsed(message: &str) -> SyslogMessage {
        parse_message(message).unwrap_or_else(|error| panic!("{message}: {error:?}"))
    }

    #[test]
    fn an_alert_is_a_message_that_a_person_can_read() {
        let message = message(&alert("Reverse shell", "bash -i"), &configuration("{}"), &origin());
        let expected = "<82>1 2026-01-01T00:00:00.123456Z web-1.example.org daemoneye-agent - \
            reverse-shell [daemoneye@32473 id=\"00112233445566778899aabbccddeeff\" \
            rule=\"reverse-shell\" pack=\"linux\" severity=\"critical\" title=\"Reverse shell\" \
            techniques=\"T1059.004,T1105\" pid=\"4711\" user=\"www-data\"] \
            CRITICAL Reverse shell: bash (pid 4711, user www-data): bash -i";
        assert_eq!(message.expect("an alert"), expected);
    }

    #[test]
    fn another_parser_reads_what_was_meant() {
        let configuration = configuration(r#"{"facility":"local3","format":"json"}"#);
        let json = alert("a \"b\" ] \\ c", "x");
        let parsed = parsed(&message(&json, &configuration, &origin()).expect("an alert"));
        assert_eq!(parsed.severity, SyslogSeverity::SEV_CRIT);
        assert_eq!(parsed.facility as u8, 19);
        assert_eq!(parsed.hostname.as_deref(), Some("web-1.example.org"));
        assert_eq!(parsed.msgid.as_deref(), Some("reverse-shell"));
        assert_eq!(parsed.timestamp, Some(1_767_225_600));
        let title = parsed.sd.find_tuple("daemoneye@32473", "title");
        assert_eq!(title.map(String::as_str), Some("a \"b\" ] \\ c"));
        assert_eq!(parsed.msg, json);
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let configuration = configuration(r#"{"format":"json","max_bytes":2048}"#);
        let json = alert("t", &"é".repeat(4_000));
        let message = message(&json, &configuration, &origin()).expect("an alert");
        assert!(message.len() <= 2_048 && message.len() > 2_000, "{}", message.len());
        let parsed = parsed(&message);
        let omitted = parsed.sd.find_tuple("daemoneye@32473", "omittedBytes").expect("a count");
        assert_eq!(omitted.parse::<usize>().expect("a count") + parsed.msg.len(), json.len());
    }

    #[test]
    fn a_host_without_a_name_and_a_rule_with_a_strange_one_are_still_a_message() {
        let mut json: serde_json::Value = serde_json::from_str(&alert("t", "c")).expect("JSON");
        json["rule"] = "ä b\n".repeat(40).into();
        let configuration = configuration("{}");
        let message = message(&json.to_string(), &configuration, &Origin::default());
        let message = message.expect("an alert");
        let parsed = parsed(&message);
        assert_eq!(parsed.hostname, None);
        assert_eq!(parsed.msgid, Some("b".repeat(32)));
        assert!(!message.contains('\n'));
    }

    proptest! {
        #[test]
        fn whatever_a_process_says_the_message_parses_within_its_limit(
            title in ".{0,300}", command in "\\PC{0,300}|.{0,300}", max in 2_048_usize..9_000,
            format in prop_oneof!["text", "json", "ecs", "ocsf"],
        ) {
            let said = json!({"format": format, "max_bytes": max}).to_string();
            let json = alert(&title, &command);
            let message = message(&json, &configuration(&said), &origin()).expect("an alert");
            prop_assert!(message.len() <= max);
            prop_assert!(!message.contains('\n'));
            prop_assert!(parse_message(&message).is_ok(), "{}", message);
        }
    }

    #[test]
    fn other_formats_are_the_text() {
        let configuration =
            Configuration { text: Text::Format(Format::Ocsf), ..configuration("{}") };
        let message = message(&alert("t", "c"), &configuration, &origin()).expect("an alert");
        let finding: serde_json::Value = serde_json::from_str(&parsed(&message).msg).expect("JSON");
        assert_eq!(finding["class_uid"], 2004);
    }
}
