//! THE LIST of counters: name, meaning, and where in the agent's answers each is.

use daemoneye_bus::control::{CollectorStatus, RuleState, RuleStatus, SinkStatus, Status};

type Counter<T> = (&'static str, &'static str, fn(&T) -> u64);

/// Of the whole agent.
pub(super) fn counters(status: &Status, mut enter: impl FnMut(&str, &str, u64)) {
    for (name, help, value) in AGENT {
        enter(name, help, value(status));
    }
}

const AGENT: &[Counter<Status>] = &[
    ("daemoneye_events_received_total", "Events that came over the bus.", |s| s.events.received),
    ("daemoneye_events_stored_total", "Events that are committed.", |s| s.events.stored),
    ("daemoneye_events_duplicate_total", "Events that came again and were dropped.", |s| {
        s.events.duplicates
    }),
    ("daemoneye_events_judged_total", "Events that were offered to the rules.", |s| {
        s.events.judged
    }),
    ("daemoneye_events_known_again_total", "Of those, known by what was said before.", |s| {
        s.sandbox.known_again
    }),
    ("daemoneye_events_lost_total", "Events that never came.", |s| s.events.lost),
    ("daemoneye_events_pruned_total", "Events removed as too old or too much.", |s| {
        s.events.pruned
    }),
    ("daemoneye_findings_total", "What the rules found.", |s| s.alerts.findings),
    ("daemoneye_alerts_total", "Alerts that were recorded.", |s| s.alerts.alerts),
    ("daemoneye_alert_repeats_total", "Findings counted on an earlier alert.", |s| {
        s.alerts.repeats
    }),
    ("daemoneye_alerts_limited_total", "Alerts over their rule's rate, stored only.", |s| {
        s.alerts.limited
    }),
    ("daemoneye_findings_excepted_total", "Findings that an exception covered.", |s| {
        s.alerts.excepted
    }),
    ("daemoneye_sandbox_restarts_total", "Instances lost to faults.", |s| s.sandbox.restarts),
];

/// Of each collector.
pub(super) const COLLECTOR: &[Counter<CollectorStatus>] = &[
    ("daemoneye_collector_seen_total", "Events that a collector saw.", |c| c.heartbeat.seen),
    ("daemoneye_collector_acknowledged_total", "Events of it that the agent has.", |c| {
        c.heartbeat.acknowledged
    }),
    ("daemoneye_collector_lost_total", "Events that a collector lost.", |c| c.heartbeat.lost),
    ("daemoneye_collector_shed_total", "Of those, shed because too much waited.", |c| {
        c.heartbeat.shed
    }),
    ("daemoneye_collector_withheld_total", "Not reported as it was paused.", |c| {
        c.heartbeat.withheld
    }),
    ("daemoneye_collector_restarts_total", "How often it was started again.", |c| c.restarts),
];

/// Of each rule. Identity: `offered = filtered + judged + over_budget + faulted + shed`.
pub(super) const RULE: &[Counter<RuleStatus>] = &[
    ("daemoneye_rule_offered_total", "Events offered to a rule.", |r| r.offered),
    ("daemoneye_rule_filtered_total", "Events that the index ruled out.", |r| r.filtered),
    ("daemoneye_rule_judged_total", "Events judged one by one.", |r| r.judged),
    ("daemoneye_rule_over_budget_total", "Events whose budget ran out.", |r| r.over_budget),
    ("daemoneye_rule_faulted_total", "Events on which the plugin failed.", |r| r.faulted),
    ("daemoneye_rule_shed_total", "Events it was not shown, as it rested.", |r| r.shed),
    ("daemoneye_rule_matched_total", "Events that matched.", |r| r.matched),
    ("daemoneye_rule_fuel_total", "Fuel spent on evaluating it.", |r| r.fuel),
];

/// Of each sink. Identity: `owed = delivered + pending + dead + dropped`.
pub(super) const SINK: &[Counter<SinkStatus>] = &[
    ("daemoneye_sink_owed_total", "Alerts recorded for a sink.", |s| s.owed),
    ("daemoneye_sink_delivered_total", "Alerts that it took.", |s| s.delivered),
    ("daemoneye_sink_dead_total", "Alerts that are dead letters.", |s| s.dead),
    ("daemoneye_sink_dropped_total", "Alerts gone undelivered.", |s| s.dropped),
    ("daemoneye_sink_retried_total", "Offers of alerts in vain.", |s| s.retried),
];

/// Every state of a rule.
pub(super) const STATES: [RuleState; 6] = [
    RuleState::Active,
    RuleState::Inert,
    RuleState::Refused,
    RuleState::Quarantined,
    RuleState::Resting,
    RuleState::Disabled,
];
