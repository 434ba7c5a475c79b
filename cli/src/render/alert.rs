//! One alert as a page: what, when, where, why, and what has been done about it.

mod kin;

use daemoneye_bus::alert::{Alert, Evidence};
use daemoneye_bus::control::{
    AboutRule, AlertDetail, Around, Delivered, NearEvent, Relation, SinkFate, Tally,
};
use daemoneye_bus::handling::{Act, AlertState};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::escape::{cut, prose};
use super::page::Page;
use super::words::{count, time};
use crate::terminal::Look;
use kin::{command, number, text, tree};

/// Events around it that are told; JSON has all of them.
const EVENTS: usize = 12;
/// Hexadecimal digits of an id that are enough to name an alert on most hosts.
const SHORT: usize = 8;

/// One alert, as JSON has it.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    number: u64,
    state: AlertState,
    alert: Alert,
    excepted_by: Option<u64>,
    repeated: Tally,
    acts: Vec<Act>,
    sinks: Vec<Delivered>,
    rule: Option<AboutRule>,
    around: Near,
}

/// What happened around it.
#[derive(Debug, Serialize)]
struct Near {
    events: Vec<Event>,
    more: bool,
    trouble: Option<String>,
}

#[derive(Debug, Serialize)]
struct Event {
    relation: Relation,
    event: Map<String, Json>,
}

impl Shown {
    /// From the agent's answer.
    ///
    /// # Errors
    /// If something in it is not the JSON that it should be: it came from another version.
    pub(crate) fn of(detail: AlertDetail) -> Result<Self, serde_json::Error> {
        let Around { events, more, trouble } = detail.around;
        let event = |NearEvent { relation, event }| {
            Ok(Event { relation, event: serde_json::from_str(&event)? })
        };
        let events = events.into_iter().map(event).collect::<Result<_, serde_json::Error>>()?;
        Ok(Shown {
            number: detail.number,
            state: detail.state,
            alert: detail.alert.alert()?,
            excepted_by: detail.excepted_by,
            repeated: detail.repeated,
            acts: detail.acts,
            sinks: detail.sinks,
            rule: detail.rule,
            around: Near { events, more, trouble },
        })
    }
}

/// The beginning of an id, for people.
pub(crate) fn short(id: &str) -> String {
    cut(&id.chars().take(SHORT).collect::<String>())
}

/// The page.
pub(crate) fn page(shown: &Shown, look: &Look) -> String {
    let alert = &shown.alert;
    let mut page = Page::new(look);
    page.say("alert", what(shown, look));
    page.say("rule", rule(alert, shown.rule.as_ref()));
    page.say("matched", alert.evidence.iter().map(matched).collect());
    page.say("process", tree(alert, &shown.around.events));
    page.say("program", program(&alert.event));
    page.say("shown", columns(alert));
    page.say("around", around(&shown.around, look));
    page.say("sinks", sinks(&shown.sinks, look));
    page.say("repeats", repeats(alert, shown.repeated, look));
    page.say("handled", shown.acts.iter().map(|act| act_line(act, look)).collect());
    page.say("complete", complete(alert));
    page.text()
}

fn what(shown: &Shown, look: &Look) -> Vec<String> {
    let alert = &shown.alert;
    let by = shown.excepted_by.map(|number| format!(" by exception {number}"));
    vec![
        format!("{}: {}", alert.severity.name().to_uppercase(), cut(&alert.title)),
        format!(
            "{}, {} ms after the event; {}{}",
            time(alert.time, look),
            count(u64::try_from(alert.latency / 1_000).unwrap_or_default()),
            shown.state.name(),
            by.unwrap_or_default()
        ),
        format!("number {}, id {}", shown.number, cut(&alert.id)),
    ]
}

fn rule(alert: &Alert, about: Option<&AboutRule>) -> Vec<String> {
    let techniques = cut(&alert.techniques.join(", "));
    let separator = if techniques.is_empty() { "" } else { "; " };
    let pack = cut(&alert.pack);
    let mut texts = vec![format!("{}, from pack {pack}{separator}{techniques}", cut(&alert.rule))];
    match about {
        Some(AboutRule { state, words }) => {
            texts.extend(words.why.iter().map(|why| prose(why)));
            let innocent = words.false_positives.iter();
            texts.extend(innocent.map(|other| format!("may also be: {}", prose(other))));
            texts.push(format!("now {}", state.name()));
        }
        None => texts.push("not loaded any more, or the agent's own".to_owned()),
    }
    texts
}

fn matched(Evidence { clause, field, value }: &Evidence) -> String {
    // A clause may stand on many lines of its rule; here it is one.
    let clause = clause.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{}  where {} = {}", cut(&clause), cut(field), cut(value))
}

fn program(event: &Map<String, Json>) -> Vec<String> {
    let fields = [
        ("", "executable_path"),
        ("SHA-256 ", "executable_sha256"),
        ("in ", "cwd"),
        ("container ", "container_id"),
    ];
    let known = fields
        .into_iter()
        .filter_map(|(word, field)| Some(format!("{word}{}", cut(text(event, field)?))));
    known.collect()
}

/// What the rule shows, but for what stands above.
fn columns(alert: &Alert) -> Vec<String> {
    let above = ["command_line", "pid", "user_name", "executable_path", "name", "cwd"];
    let others = alert
        .shown
        .iter()
        .filter(|(label, value)| !value.is_null() && !above.contains(&label.as_str()));
    others
        .map(|(label, value)| match value {
            Json::String(text) => format!("{} = {}", cut(label), cut(text)),
            other => format!("{} = {}", cut(label), cut(&other.to_string())),
        })
        .collect()
}

fn around(near: &Near, look: &Look) -> Vec<String> {
    let mut texts: Vec<String> =
        near.events.iter().take(EVENTS).map(|one| line(one, look)).collect();
    let rest = near.events.len().saturating_sub(EVENTS);
    match (rest, near.more) {
        (0, false) => {}
        (0, true) => texts.push("and more: see `daemoneye query`".to_owned()),
        (rest, _) => texts.push(format!("and {rest} more: see --format json")),
    }
    texts.extend(near.trouble.iter().map(|why| cut(why)));
    if texts.is_empty() {
        texts.push("no other event of these processes is stored".to_owned());
    }
    texts
}

fn line(Event { relation, event }: &Event, look: &Look) -> String {
    let when = number(event, "time").map(|when| time(when, look)).unwrap_or_default();
    let kind = text(event, "kind").map(cut).unwrap_or_default();
    let pid = number(event, "pid").unwrap_or_default();
    format!("{when}  {:<7}  {kind:<8}  {pid}  {}", relation.name(), command(event))
}

fn sinks(sinks: &[Delivered], look: &Look) -> Vec<String> {
    if sinks.is_empty() {
        return vec!["no sink was told".to_owned()];
    }
    let line = |Delivered { sink, fate, at, why }: &Delivered| {
        let at = at.map(|at| time(at, look)).unwrap_or_default();
        match fate {
            SinkFate::Delivered => format!("{}: delivered {at}", cut(sink)),
            SinkFate::Pending => format!("{}: waits", cut(sink)),
            SinkFate::Dead => {
                let why = why.as_deref().unwrap_or_default();
                format!("{}: dead letter since {at}: {}", cut(sink), cut(why))
            }
        }
    };
    sinks.iter().map(line).collect()
}

fn repeats(alert: &Alert, repeated: Tally, look: &Look) -> Vec<String> {
    let before = (alert.repeats > 0)
        .then(|| format!("{} were counted in the window before it", count(alert.repeats)));
    let last = repeated.last.map(|last| format!(", the last {}", time(last, look)));
    let since = (repeated.count > 0)
        .then(|| format!("{} counted on it{}", count(repeated.count), last.unwrap_or_default()));
    let texts: Vec<String> = before.into_iter().chain(since).collect();
    if texts.is_empty() { vec!["none".to_owned()] } else { texts }
}

fn act_line(act: &Act, look: &Look) -> String {
    let reason = act.reason.as_deref().map(|reason| format!(": {}", cut(reason)));
    let (when, who) = (time(act.time, look), cut(&act.who()));
    format!("{when}  {} by {who}{}", act.deed.name(), reason.unwrap_or_default())
}

/// Whether the agent saw and did all that it should when it made the alert.
fn complete(alert: &Alert) -> Vec<String> {
    match alert.degraded.as_deref() {
        None => vec!["not known: an earlier version made the alert".to_owned()],
        Some([]) => vec!["yes".to_owned()],
        Some(reasons) => {
            let reasons = reasons.iter().map(|why| format!("degraded because {}", cut(why)));
            reasons.collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{HOSTILE, alert, assert_fits, look};
    use daemoneye_bus::alert::Severity;
    use daemoneye_bus::control::{AlertJson, RuleState, RuleWords};
    use daemoneye_bus::handling::Deed;

    fn detail(word: &str) -> AlertDetail {
        let mut alert = alert(word, Severity::High);
        let more = serde_json::json!({
            "name": word,
            "user_name": "www-data",
            "process_key": "k42",
            "ancestry": r#"[{"pid":20,"name":"sshd","path":"/usr/sbin/sshd"},{"pid":1,"name":"init"}]"#,
        });
        alert.event.extend(more.as_object().expect("an object").clone());
        alert.techniques = vec!["T1059.004".to_owned()];
        alert.evidence = vec![Evidence {
            clause: "command_line LIKE\n  '%/dev/tcp/%'".to_owned(),
            field: "command_line".to_owned(),
            value: word.to_owned(),
        }];
        (alert.repeats, alert.degraded) = (2, Some(vec![format!("no CAP_SYS_PTRACE {word}")]));
        let child = serde_json::json!({
            "time": 2_000_000, "kind": "start", "pid": 43, "process_key": "k43",
            "name": "cat", "command_line": format!("cat {word}"),
        });
        let act = Act {
            time: 3_000_000,
            uid: Some(0),
            user: Some("root".to_owned()),
            by: None,
            deed: Deed::Acknowledged,
            subject: String::new(),
            reason: Some(word.to_owned()),
        };
        let words = RuleWords {
            why: Some("A shell that opens a socket is a backdoor.".to_owned()),
            false_positives: vec![word.to_owned()],
            ..RuleWords::default()
        };
        AlertDetail {
            number: 7,
            alert: AlertJson::from(&alert),
            state: AlertState::Acknowledged,
            excepted_by: None,
            repeated: Tally { count: 3, last: Some(4_000_000) },
            acts: vec![act],
            sinks: vec![Delivered {
                sink: "file".to_owned(),
                fate: SinkFate::Delivered,
                at: Some(1_000_000),
                why: None,
            }],
            rule: Some(AboutRule { state: RuleState::Active, words }),
            around: Around {
                events: vec![NearEvent { relation: Relation::Child, event: child.to_string() }],
                more: false,
                trouble: None,
            },
        }
    }

    #[test]
    fn the_page_says_what_when_where_why_and_what_was_done() {
        let expected = "\
alert       HIGH: Shell opens /dev/tcp
            1970-01-01 00:00:01, 0 ms after the event; acknowledged
            number 7, id aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
rule        shell-dev-tcp, from pack linux; T1059.004
            A shell that opens a socket is a backdoor.
            may also be: bash
            now active
matched     command_line LIKE '%/dev/tcp/%'  where command_line = bash
process     init (1)
            └ sshd (20)
              └ bash (42) as www-data: bash
                └ cat (43): cat bash
around      1970-01-01 00:00:02  child    start     43  cat bash
sinks       file: delivered 1970-01-01 00:00:01
repeats     2 were counted in the window before it
            3 counted on it, the last 1970-01-01 00:00:04
handled     1970-01-01 00:00:03  acknowledged by root: bash
complete    degraded because no CAP_SYS_PTRACE bash
";
        let shown = Shown::of(detail("bash")).expect("an alert");
        assert_eq!(page(&shown, &look(100)), expected);
    }

    #[test]
    fn the_page_fits_and_hostile_text_is_harmless_at_any_width() {
        for width in [40, 80, 200] {
            let shown = Shown::of(detail(HOSTILE)).expect("an alert");
            assert_fits(&page(&shown, &look(width)), width);
        }
    }
}
