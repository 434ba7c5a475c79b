//! The report: one page without scripts, pictures from elsewhere or any network.
//!
//! ```text
//! timeline   when alerts were made, as bars
//! lineage    the processes around alerts, as one picture
//! attack     the techniques of ATT&CK that fired, and those that rules look for
//! coverage   which rules judged, and which did not
//! found      alerts, the worst first, and what became of each rule's
//! page.html  how it all looks
//! ```
//!
//! Invariant: whatever comes from the agent is spelled out by [`cut`] and then escaped by the
//! template, because names and command lines are written by those whom DaemonEye watches. The page
//! forbids scripts by its own policy besides.

mod attack;
mod coverage;
mod found;
mod lineage;
mod timeline;

use daemoneye_bus::alert::{Alert, Severity};
use daemoneye_bus::control::{AgentState, RuleStatus, Status};
use minijinja::Environment;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use attack::Tactic;
use coverage::Coverage;
use found::{Found, OfRule};
use lineage::Lineage;
use timeline::Timeline;

use crate::render::{count, cut, duration, time};
use crate::terminal::Look;

/// The name ends in `.html`: that is what makes the template escape.
const PAGE: &str = "page.html";

/// All that the page is made of.
pub(crate) struct Facts<'a> {
    /// How the agent is.
    pub(crate) status: &'a Status,
    /// Every rule.
    pub(crate) rules: &'a [RuleStatus],
    /// The alerts of the time that is reported on, the oldest first.
    pub(crate) alerts: &'a [Alert],
    /// Whether there are older alerts of that time that are not among them.
    pub(crate) more: bool,
    /// When that time begins, microseconds since the Unix epoch. It ends now.
    pub(crate) from: i64,
}

/// What is told of a number: how it is called, and how it is written.
#[derive(Serialize)]
struct Figure {
    name: &'static str,
    value: String,
}

/// The page as HTML.
///
/// # Panics
/// Never: the template and everything that it is given are in this program.
pub(crate) fn page(facts: &Facts<'_>, look: &Look) -> String {
    let mut environment = Environment::new();
    environment.add_template(PAGE, include_str!("report/page.html")).expect("the template parses");
    let template = environment.get_template(PAGE).expect("it has just been added");
    let page = Page {
        style: include_str!("report/page.css"),
        version: cut(&facts.status.version),
        made: time(look.now, look),
        from: time(facts.from, look),
        span: duration(facts.from, look.now),
        severities: severities(facts.alerts),
        incomplete: incomplete(facts),
        timeline: timeline::draw(facts.alerts, facts.from, look),
        lineage: lineage::draw(facts.alerts),
        attack: attack::matrix(facts.rules, facts.alerts),
        coverage: coverage::of(facts.rules),
        found: found::tell(facts.alerts, look),
        by_rule: found::by_rule(facts.alerts),
        events: events(facts.status),
        sinks: sinks(facts.status),
        collectors: collectors(facts.status),
    };
    template.render(Value::from(Serde(page))).expect("the template asks for nothing else")
}

/// What the template asks for.
#[derive(Serialize)]
struct Page {
    style: &'static str,
    version: String,
    made: String,
    from: String,
    span: String,
    severities: Vec<Many>,
    incomplete: Vec<String>,
    timeline: Timeline,
    lineage: Lineage,
    attack: Vec<Tactic>,
    coverage: Coverage,
    found: Found,
    by_rule: Vec<OfRule>,
    events: Vec<Figure>,
    sinks: Vec<Sink>,
    collectors: Vec<Collector>,
}

#[derive(Serialize)]
struct Many {
    severity: &'static str,
    count: String,
    none: bool,
}

/// How many alerts there are of each severity, the worst first.
fn severities(alerts: &[Alert]) -> Vec<Many> {
    let many = |severity: Severity| {
        let count_of = alerts.iter().filter(|alert| alert.severity == severity).count();
        Many { severity: severity.name(), count: count(count_of as u64), none: count_of == 0 }
    };
    Severity::ALL.into_iter().rev().map(many).collect()
}

/// Why the page may not tell everything; nothing if it does.
fn incomplete(facts: &Facts<'_>) -> Vec<String> {
    let Facts { status, .. } = facts;
    let mut why: Vec<String> = status.degraded.iter().map(|reason| cut(reason)).collect();
    match &status.state {
        AgentState::SteadyState => {}
        AgentState::StartupFailed { reason } => {
            why.push(format!("the agent could not start: {}", cut(reason)));
        }
        _ => why.push("the agent is not in its steady state".to_owned()),
    }
    for collector in &status.collectors {
        let id = cut(&collector.registration.id);
        if !collector.alive {
            why.push(format!("collector {id} is not connected"));
        }
        let less = collector.registration.degraded.iter();
        why.extend(less.map(|less| format!("collector {id} sees less: {}", cut(less))));
    }
    if status.events.lost > 0 {
        why.push(format!("{} events were lost before they came", count(status.events.lost)));
    }
    if status.started > facts.from {
        why.push("the agent has not run all the time; counts are since its start".to_owned());
    }
    if facts.more {
        why.push(format!("only the newest {} alerts are here", count(facts.alerts.len() as u64)));
    }
    why
}

fn events(status: &Status) -> Vec<Figure> {
    let events = &status.events;
    [
        ("received", events.received),
        ("stored", events.stored),
        ("duplicates", events.duplicates),
        ("judged", events.judged),
        ("lost before they came", events.lost),
    ]
    .map(|(name, value)| Figure { name, value: count(value) })
    .into()
}

#[derive(Serialize)]
struct Sink {
    name: String,
    owed: String,
    delivered: String,
    pending: String,
    dead: String,
    dropped: String,
    fault: Option<String>,
}

fn sinks(status: &Status) -> Vec<Sink> {
    let sinks = status.sinks.iter().map(|sink| Sink {
        name: cut(&sink.name),
        owed: count(sink.owed),
        delivered: count(sink.delivered),
        pending: count(sink.pending),
        dead: count(sink.dead),
        dropped: count(sink.dropped),
        fault: sink.fault.as_deref().map(cut),
    });
    sinks.collect()
}

#[derive(Serialize)]
struct Collector {
    id: String,
    sees: String,
    processes: String,
    acknowledged: String,
    restarts: String,
}

fn collectors(status: &Status) -> Vec<Collector> {
    let collectors = status.collectors.iter().map(|collector| Collector {
        id: cut(&collector.registration.id),
        sees: cut(&collector.registration.capabilities.join(", ")),
        processes: count(collector.heartbeat.processes),
        acknowledged: count(collector.heartbeat.acknowledged),
        restarts: count(collector.restarts),
    });
    collectors.collect()
}

#[cfg(test)]
mod tests;
