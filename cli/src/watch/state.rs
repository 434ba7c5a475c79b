//! What is known of the agent and of what it sees.

use std::collections::{HashMap, VecDeque};

use daemoneye_bus::alert::Alert;
use daemoneye_bus::control::{RuleStatus, Status};
use daemoneye_bus::event::{Event, Field};

use super::processes::Processes;
use super::rate::Rate;

/// Events and alerts that are remembered, the newest of each.
const MOST: usize = 1_000;

/// Something that is new.
#[derive(Debug)]
pub(crate) enum Fact {
    /// There is a connection: what was known before may hold no more.
    Connected,
    /// There is none, and why.
    Gone(String),
    /// Events as they are published.
    Events(Vec<Event>),
    /// Stored events from before, the oldest first.
    Past(Vec<Event>),
    /// There are none from before, and why.
    NoPast(String),
    /// How the agent is.
    Status(Box<Status>),
    /// Every rule.
    Rules(Vec<RuleStatus>),
    /// Alerts with their numbers, the newest last, after those that came before.
    Alerts(Vec<(u64, Alert)>),
    /// Deliveries that were dropped here until now.
    Missed(u64),
    /// Messages that the agent dropped on their way to here until now.
    Shed(u64),
}

/// What is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) processes: Processes,
    pub(crate) rate: Rate,
    /// With a number of their own, the newest last.
    pub(crate) events: VecDeque<(u64, Event)>,
    /// With the store's number, the newest last.
    pub(crate) alerts: VecDeque<(u64, Alert)>,
    /// The dearest first.
    pub(crate) rules: Vec<RuleStatus>,
    pub(crate) status: Option<Box<Status>>,
    /// Why the processes from before are not known.
    pub(crate) no_past: Option<String>,
    seen: u64,
    missed: u64,
    shed: u64,
}

impl State {
    /// Takes in what is new.
    pub(crate) fn learn(&mut self, fact: Fact) {
        match fact {
            Fact::Connected => self.begin_anew(),
            Fact::Gone(_) => {}
            Fact::Events(events) => {
                self.rate.count(events.len() as u64);
                events.into_iter().for_each(|event| self.see(event));
            }
            Fact::Past(events) => self.remember(&events),
            Fact::NoPast(why) => self.no_past = Some(why),
            Fact::Status(status) => self.status = Some(status),
            Fact::Rules(rules) => self.rank(rules),
            Fact::Alerts(alerts) => {
                alerts.into_iter().for_each(|alert| push(&mut self.alerts, alert));
            }
            Fact::Missed(missed) => self.missed = missed,
            Fact::Shed(shed) => self.shed = shed,
        }
    }

    /// Goes on to this time, microseconds since the Unix epoch.
    pub(crate) fn advance(&mut self, now: i64) {
        if self.rate.advance(now) {
            self.processes.forget(now);
        }
    }

    /// Messages that were dropped because they were not read fast enough.
    pub(crate) fn dropped(&self) -> u64 {
        self.missed.saturating_add(self.shed)
    }

    /// How many alerts there are about which process, by its key.
    pub(crate) fn accused(&self) -> HashMap<&str, u64> {
        let mut accused = HashMap::new();
        let events = self.alerts.iter().map(|(_, alert)| &alert.event);
        for key in events.filter_map(|event| event.get(Field::ProcessKey.name())?.as_str()) {
            *accused.entry(key).or_default() += 1;
        }
        accused
    }

    fn begin_anew(&mut self) {
        let rate = std::mem::take(&mut self.rate);
        *self = State { rate, seen: self.seen, ..State::default() };
    }

    fn see(&mut self, event: Event) {
        self.processes.see(&event);
        self.seen += 1;
        push(&mut self.events, (self.seen, event));
    }

    /// What came meanwhile is younger than what was stored, and has the last word.
    fn remember(&mut self, past: &[Event]) {
        self.no_past = None;
        self.processes = Processes::default();
        let live = self.events.iter().map(|(_, event)| event);
        past.iter().chain(live).for_each(|event| self.processes.see(event));
    }

    fn rank(&mut self, mut rules: Vec<RuleStatus>) {
        rules.sort_by(|one, other| other.fuel.cmp(&one.fuel).then_with(|| one.id.cmp(&other.id)));
        self.rules = rules;
    }
}

fn push<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() == MOST {
        queue.pop_front();
    }
    queue.push_back(item);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;
    use daemoneye_bus::alert::Severity;
    use daemoneye_bus::event::Kind;

    fn event(pid: i64) -> Event {
        let key = pid.to_string();
        Event::new(Kind::Exec, 0).with(Field::Pid, pid).with(Field::ProcessKey, key.as_str())
    }

    #[test]
    fn stored_events_are_processes_but_no_news() {
        let mut state = State::default();
        state.advance(0);
        state.learn(Fact::Past(vec![event(1)]));
        state.learn(Fact::Events(vec![event(2)]));
        state.advance(1_000_000);
        assert_eq!(state.processes.living(), 2);
        assert_eq!((state.events.len(), state.rate.last()), (1, 1));
    }

    #[test]
    fn the_newest_are_kept() {
        let mut state = State::default();
        for pid in 0..=1_000 {
            state.learn(Fact::Events(vec![event(pid)]));
        }
        let first = state.events.front().and_then(|(_, event)| event.integer(Field::Pid));
        assert_eq!((state.events.len(), first), (MOST, Some(1)));
    }

    #[test]
    fn what_came_meanwhile_has_the_last_word() {
        let mut state = State::default();
        state.learn(Fact::Events(vec![event(7).with(Field::Name, "new")]));
        state.learn(Fact::Past(vec![event(7).with(Field::Name, "old"), event(8)]));
        let names: Vec<String> = state
            .processes
            .forest(|_| true)
            .iter()
            .filter_map(|branch| Some(state.processes.get(branch.number)?.name.clone()))
            .collect();
        assert_eq!(names, ["new", ""]);
    }

    #[test]
    fn alerts_are_counted_by_process() {
        let mut state = State::default();
        let mut alert = samples::alert("x", Severity::High);
        alert.event.insert("process_key".to_owned(), "7".into());
        let without = samples::alert("x", Severity::High);
        state.learn(Fact::Alerts(vec![(1, alert.clone()), (2, alert), (3, without)]));
        assert_eq!(state.accused(), HashMap::from([("7", 2)]));
    }

    #[test]
    fn with_a_new_connection_all_but_the_rate_begins_anew() {
        let mut state = State::default();
        state.advance(0);
        state.learn(Fact::Events(vec![event(7)]));
        state.learn(Fact::Missed(3));
        state.learn(Fact::Shed(4));
        assert_eq!(state.dropped(), 7);
        state.learn(Fact::Connected);
        state.advance(1_000_000);
        assert_eq!((state.processes.living(), state.dropped(), state.rate.last()), (0, 0, 1));
    }

    #[test]
    fn the_dearest_rule_comes_first() {
        let mut state = State::default();
        let mut dear = samples::rule("dear");
        dear.fuel += 1;
        state.learn(Fact::Rules(vec![samples::rule("b"), samples::rule("a"), dear]));
        let ids: Vec<&str> = state.rules.iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(ids, ["dear", "a", "b"]);
    }
}
