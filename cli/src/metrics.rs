//! What the agent counts, in Prometheus' text format 0.0.4. Pure: the answers come in.

mod table;

use daemoneye_bus::control::{
    AgentState, BreakerState, CollectorStatus, RuleState, RuleStatus, SinkStatus, Status,
};
use prometheus::{Encoder, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder};

/// Of an agent that answers.
pub(crate) fn text(status: &Status, rules: &[RuleStatus]) -> String {
    let book = Book::new(true);
    book.agent(status);
    table::counters(status, |name, help, value| book.counter(name, help, &[], [(&[][..], value)]));
    book.collectors(&status.collectors);
    book.rules(rules);
    book.sinks(&status.sinks);
    book.text()
}

/// Of one that does not.
pub(crate) fn silence() -> String {
    Book::new(false).text()
}

/// Everything that was entered. Names and labels of metrics are ours and hold; the values of labels
/// are anybody's, and the encoder escapes them.
struct Book(Registry);

impl Book {
    fn new(up: bool) -> Self {
        let book = Book(Registry::new());
        book.gauge("daemoneye_up", "Whether the agent answers.", &[], [(&[][..], up.into())]);
        book
    }

    fn counter<'v>(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        values: impl IntoIterator<Item = (&'v [&'v str], u64)>,
    ) {
        let counter = IntCounterVec::new(Opts::new(name, help), labels).expect("our names hold");
        for (of, value) in values {
            counter.with_label_values(of).inc_by(value);
        }
        self.0.register(Box::new(counter)).expect("each name is entered once");
    }

    fn gauge<'v>(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        values: impl IntoIterator<Item = (&'v [&'v str], i64)>,
    ) {
        let gauge = IntGaugeVec::new(Opts::new(name, help), labels).expect("our names hold");
        for (of, value) in values {
            gauge.with_label_values(of).set(value);
        }
        self.0.register(Box::new(gauge)).expect("each name is entered once");
    }

    fn agent(&self, status: &Status) {
        let info = [status.version.as_str()];
        self.gauge("daemoneye_info", "Which release answers.", &["version"], [(&info[..], 1)]);
        let ready = i64::from(status.state == AgentState::SteadyState);
        self.gauge("daemoneye_judging", "Whether events are judged.", &[], [(&[][..], ready)]);
        let reasons = i64::try_from(status.degraded.len()).unwrap_or(i64::MAX);
        let help = "Reasons why the agent is degraded; 0 is well.";
        self.gauge("daemoneye_degraded_reasons", help, &[], [(&[][..], reasons)]);
        let help = "When the agent started, seconds since the Unix epoch.";
        let started = status.started.div_euclid(1_000_000);
        self.gauge("daemoneye_start_time_seconds", help, &[], [(&[][..], started)]);
    }

    fn collectors(&self, all: &[CollectorStatus]) {
        let ids: Vec<[&str; 1]> = all.iter().map(|one| [one.registration.id.as_str()]).collect();
        let alive = ids.iter().zip(all).map(|(id, one)| (&id[..], i64::from(one.alive)));
        let help = "Whether a collector is connected.";
        self.gauge("daemoneye_collector_alive", help, &["collector"], alive);
        for (name, help, value) in table::COLLECTOR {
            let values = ids.iter().zip(all).map(|(id, one)| (&id[..], value(one)));
            self.counter(name, help, &["collector"], values);
        }
    }

    fn rules(&self, all: &[RuleStatus]) {
        let runs: Vec<&RuleStatus> =
            all.iter().filter(|rule| rule.state != RuleState::Refused).collect();
        let ids: Vec<[&str; 2]> =
            runs.iter().map(|rule| [rule.id.as_str(), rule.pack.as_str()]).collect();
        for (name, help, value) in table::RULE {
            let values = ids.iter().zip(&runs).map(|(id, rule)| (&id[..], value(rule)));
            self.counter(name, help, &["rule", "pack"], values);
        }
        let states: Vec<([&str; 1], i64)> = table::STATES
            .iter()
            .map(|state| ([state.name()], all.iter().filter(|rule| rule.state == *state).count()))
            .map(|(state, count)| (state, i64::try_from(count).unwrap_or(i64::MAX)))
            .collect();
        let states = states.iter().map(|(state, count)| (&state[..], *count));
        self.gauge("daemoneye_rules", "Rules by state.", &["state"], states);
    }

    fn sinks(&self, all: &[SinkStatus]) {
        let names: Vec<[&str; 1]> = all.iter().map(|sink| [sink.name.as_str()]).collect();
        for (name, help, value) in table::SINK {
            let values = names.iter().zip(all).map(|(of, sink)| (&of[..], value(sink)));
            self.counter(name, help, &["sink"], values);
        }
        let pending = |sink: &SinkStatus| i64::try_from(sink.pending).unwrap_or(i64::MAX);
        let values = names.iter().zip(all).map(|(of, sink)| (&of[..], pending(sink)));
        self.gauge("daemoneye_sink_pending_alerts", "Alerts that wait.", &["sink"], values);
        let called = |sink: &SinkStatus| i64::from(sink.breaker == BreakerState::Closed);
        let values = names.iter().zip(all).map(|(of, sink)| (&of[..], called(sink)));
        let help = "Whether a sink is called; 0 while it is left alone.";
        self.gauge("daemoneye_sink_called", help, &["sink"], values);
    }

    fn text(&self) -> String {
        let mut text = Vec::new();
        // A family without a value is left out: there is nothing to say of it.
        let families: Vec<_> =
            self.0.gather().into_iter().filter(|all| !all.get_metric().is_empty()).collect();
        TextEncoder::new()
            .encode(&families, &mut text)
            .expect("memory, and every family has values");
        String::from_utf8(text).expect("it was made from text")
    }
}

#[cfg(test)]
mod tests;
