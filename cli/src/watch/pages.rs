//! What is read line by line: all about one thing, the agent's health, the keys.

use daemoneye_bus::alert::Alert;
use daemoneye_bus::control::{RuleDetail, RuleStatus, RuleWords};
use daemoneye_bus::event::{Event, to_json};
use serde_json::{Map, Value as Json};

use super::list::Id;
use super::model::{Mode, Model};
use super::processes::Process;
use super::view::{KEYS, View};
use crate::render::{self, Page, count, cut, duration, time};
use crate::terminal::Look;

/// The page, in lines that fit.
pub(crate) fn lines(model: &Model) -> Vec<String> {
    // Colours are the screen's, and not part of texts.
    let look = Look { colours: false, ..model.look.clone() };
    let text = match (model.mode, model.view) {
        (Mode::Help, _) => help(&look),
        (Mode::Details, _) => details(model, &look).unwrap_or_else(|| "gone\n".to_owned()),
        (_, View::Health) => health(model, &look),
        (Mode::List | Mode::Typing, _) => String::new(),
    };
    text.lines().map(str::to_owned).collect()
}

fn help(look: &Look) -> String {
    let mut page = Page::new(look);
    KEYS.iter().for_each(|(keys, what)| page.say(keys, vec![(*what).to_owned()]));
    page.text()
}

fn health(model: &Model, look: &Look) -> String {
    let state = model.state();
    let Some(status) = &state.status else { return "the agent has not said yet\n".to_owned() };
    let mut page = Page::new(look);
    page.say("complete", completeness(model));
    page.text() + &render::status(status, look)
}

/// Whether everything that happened was seen and judged, as far as is known, and else why not.
fn completeness(model: &Model) -> Vec<String> {
    let state = model.state();
    let Some(status) = &state.status else { return Vec::new() };
    let mut less: Vec<String> = status.degraded.iter().map(|why| cut(why)).collect();
    if status.events.lost > 0 {
        less.push(format!("{} events lost before they came", count(status.events.lost)));
    }
    if state.dropped() > 0 {
        let dropped = count(state.dropped());
        less.push(format!("{dropped} messages not shown here: they were not read fast enough"));
    }
    if less.is_empty() { vec!["yes".to_owned()] } else { [vec!["NO".to_owned()], less].concat() }
}

fn details(model: &Model, look: &Look) -> Option<String> {
    let state = model.state();
    match (model.view, model.chosen()?) {
        (View::Processes, Id::Number(number)) => {
            let one = state.processes.get(*number)?;
            let accused = one.key.as_deref().and_then(|key| state.accused().get(key).copied());
            let line = state.processes.ancestors(*number);
            Some(process(one, &line, accused.unwrap_or_default(), look))
        }
        (View::Alerts, Id::Number(number)) => {
            state.alerts.iter().find(|(known, _)| known == number).map(|(_, one)| alert(one, look))
        }
        (View::Events, Id::Number(number)) => {
            state.events.iter().find(|(known, _)| known == number).map(|(_, one)| event(one, look))
        }
        (View::Rules, Id::Name(id)) => {
            state.rules.iter().find(|rule| rule.id == *id).map(|one| rule(one, look))
        }
        _ => None,
    }
}

fn process(process: &Process, ancestors: &[&Process], accused: u64, look: &Look) -> String {
    let Process { key, pid, name, path, command, user, started, ended, end, .. } = process;
    let mut page = Page::new(look);
    page.say("process", vec![format!("{}, pid {pid}", cut(name))]);
    page.say("program", known(path));
    page.say("command", known(command));
    page.say("user", known(user));
    page.say("started", started.iter().map(|at| time(*at, look)).collect());
    let (from, to) = (started.unwrap_or(look.now), ended.unwrap_or(look.now));
    let lived = ended.map_or_else(String::new, |at| format!("{}, {end}", time(at, look)));
    page.say("ended", known(&lived));
    page.say("lived", vec![duration(from, to)]);
    page.say("alerts", vec![count(accused)]);
    page.say("key", key.iter().map(|key| cut(key)).collect());
    let above = ancestors.iter().map(|one| {
        let what = if one.command.is_empty() { &one.path } else { &one.command };
        cut(&format!("{} {} {what}", one.pid, one.name))
    });
    page.say("started by", above.collect());
    page.text()
}

fn known(text: &str) -> Vec<String> {
    if text.is_empty() { Vec::new() } else { vec![cut(text)] }
}

fn alert(alert: &Alert, look: &Look) -> String {
    let mut page = Page::new(look);
    page.say("alert", vec![cut(&alert.title)]);
    page.say("severity", vec![alert.severity.name().to_owned()]);
    page.say("time", vec![time(alert.time, look)]);
    page.say("rule", vec![format!("{}, from pack {}", cut(&alert.rule), cut(&alert.pack))]);
    page.say("ATT&CK", known(&alert.techniques.join(", ")));
    if alert.repeats > 0 {
        page.say("repeats", vec![count(alert.repeats)]);
    }
    let because = alert.evidence.iter().map(|evidence| {
        format!("{}: {} is {}", cut(&evidence.clause), cut(&evidence.field), cut(&evidence.value))
    });
    page.say("because", because.collect());
    page.say("event", fields(&alert.event));
    page.say("id", vec![cut(&alert.id)]);
    page.text()
}

fn event(event: &Event, look: &Look) -> String {
    let mut page = Page::new(look);
    page.say("event", fields(&to_json(event)));
    page.text()
}

fn fields(event: &Map<String, Json>) -> Vec<String> {
    let field = |(name, value): (&String, &Json)| match value {
        Json::String(text) => format!("{}: {}", cut(name), cut(text)),
        other => format!("{}: {}", cut(name), cut(&other.to_string())),
    };
    event.iter().map(field).collect()
}

fn rule(rule: &RuleStatus, look: &Look) -> String {
    let detail = RuleDetail {
        rule: rule.clone(),
        trouble: None,
        state_lost: None,
        unevaluated: Vec::new(),
        words: RuleWords::default(),
        access: None,
    };
    render::rule(&detail, look)
}
