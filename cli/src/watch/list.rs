//! The lines of each view, by what they are about.

use daemoneye_bus::alert::Alert;
use daemoneye_bus::control::RuleStatus;
use daemoneye_bus::event::{Event, Field};
use serde_json::Value as Json;

use super::processes::{Branch, Process};
use super::state::State;
use super::view::View;

/// What a line is about; the same while lines come and go around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Id {
    /// A process, an alert or an event.
    Number(u64),
    /// A rule.
    Name(String),
}

/// Lines of one view, those that are looked at first on top.
#[derive(Debug)]
pub(crate) enum Lines<'a> {
    Processes(Vec<Branch>),
    Alerts(Vec<&'a (u64, Alert)>),
    Rules(Vec<&'a RuleStatus>),
    Events(Vec<&'a (u64, Event)>),
    /// A page, not a list.
    Health,
}

impl<'a> Lines<'a> {
    /// Of this view, with this text in them, whatever its case.
    pub(crate) fn of(view: View, state: &'a State, text: &str) -> Self {
        let text = text.to_lowercase();
        match view {
            View::Processes => Lines::Processes(state.processes.forest(|one| process(one, &text))),
            View::Alerts => {
                let wanted = |line: &&(u64, Alert)| alert(&line.1, &text);
                Lines::Alerts(state.alerts.iter().rev().filter(wanted).collect())
            }
            View::Rules => {
                Lines::Rules(state.rules.iter().filter(|one| rule(one, &text)).collect())
            }
            View::Events => {
                let wanted = |line: &&(u64, Event)| event(&line.1, &text);
                Lines::Events(state.events.iter().rev().filter(wanted).collect())
            }
            View::Health => Lines::Health,
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Lines::Processes(lines) => lines.len(),
            Lines::Alerts(lines) => lines.len(),
            Lines::Rules(lines) => lines.len(),
            Lines::Events(lines) => lines.len(),
            Lines::Health => 0,
        }
    }

    pub(crate) fn id(&self, place: usize) -> Option<Id> {
        match self {
            Lines::Processes(lines) => lines.get(place).map(|line| Id::Number(line.number)),
            Lines::Alerts(lines) => lines.get(place).map(|line| Id::Number(line.0)),
            Lines::Rules(lines) => lines.get(place).map(|line| Id::Name(line.id.clone())),
            Lines::Events(lines) => lines.get(place).map(|line| Id::Number(line.0)),
            Lines::Health => None,
        }
    }

    /// Where the line is that is about this; the first if nothing is asked for or it has gone.
    pub(crate) fn place(&self, id: Option<&Id>) -> usize {
        let Some(id) = id else { return 0 };
        (0..self.len()).find(|place| self.id(*place).as_ref() == Some(id)).unwrap_or(0)
    }
}

fn any<'a>(text: &str, places: impl IntoIterator<Item = &'a str>) -> bool {
    text.is_empty() || places.into_iter().any(|place| place.to_lowercase().contains(text))
}

fn process(process: &Process, text: &str) -> bool {
    let Process { name, path, command, user, .. } = process;
    any(text, [name, path, command, user, &process.pid.to_string()].map(String::as_str))
}

fn alert(alert: &Alert, text: &str) -> bool {
    let fields = alert.event.values().filter_map(Json::as_str);
    let pid = alert.event.get(Field::Pid.name()).map(Json::to_string).unwrap_or_default();
    let own = [&*alert.rule, &*alert.title, &*alert.pack, alert.severity.name(), &*pid];
    any(text, own.into_iter().chain(fields))
}

fn rule(rule: &RuleStatus, text: &str) -> bool {
    any(text, [&*rule.id, &*rule.title, &*rule.pack, rule.state.name(), rule.severity.name()])
}

fn event(event: &Event, text: &str) -> bool {
    const SEARCHED: [Field; 6] = [
        Field::Kind,
        Field::Name,
        Field::CommandLine,
        Field::ExecutablePath,
        Field::UserName,
        Field::RemoteAddress,
    ];
    let pid = event.integer(Field::Pid).map(|pid| pid.to_string()).unwrap_or_default();
    any(text, SEARCHED.iter().filter_map(|field| event.text(*field)).chain([&*pid]))
}
