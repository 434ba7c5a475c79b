//! Which rules judged, and which did not and why.

use daemoneye_bus::control::{RuleState, RuleStatus};
use serde::Serialize;

use crate::render::{count, cut};

/// Rules that are named because they are not as they should be, at most.
const NAMED: usize = 200;

/// What can be said of all rules.
#[derive(Serialize)]
pub(super) struct Coverage {
    rules: String,
    shares: Vec<Share>,
    /// Rules that see nothing, or did not judge all that they saw.
    blind: Vec<Blind>,
    /// How many of those are not named.
    more: usize,
}

/// The rules of one state.
#[derive(Serialize)]
struct Share {
    state: &'static str,
    count: String,
    percent: f64,
}

/// A rule that did not judge everything.
#[derive(Serialize)]
struct Blind {
    id: String,
    state: &'static str,
    why: String,
}

/// The coverage by these rules.
pub(super) fn of(rules: &[RuleStatus]) -> Coverage {
    let states = [
        RuleState::Active,
        RuleState::Resting,
        RuleState::Quarantined,
        RuleState::Disabled,
        RuleState::Inert,
        RuleState::Refused,
    ];
    let share = |state: RuleState| {
        let of_it = rules.iter().filter(|rule| rule.state == state).count();
        let percent = 100.0 * of_it as f64 / rules.len().max(1) as f64;
        (of_it > 0).then(|| Share { state: state.name(), count: count(of_it as u64), percent })
    };
    let blind: Vec<Blind> = rules.iter().filter_map(blind).collect();
    let more = blind.len().saturating_sub(NAMED);
    Coverage {
        rules: count(rules.len() as u64),
        shares: states.into_iter().filter_map(share).collect(),
        blind: blind.into_iter().take(NAMED).collect(),
        more,
    }
}

fn blind(rule: &RuleStatus) -> Option<Blind> {
    let counts = [
        (rule.over_budget, "events over its budget"),
        (rule.faulted, "events on which it failed"),
        (rule.shed, "events that it was not shown"),
    ];
    let counts = counts.into_iter().filter(|(number, _)| *number > 0);
    let counts = counts.map(|(number, what)| format!("{} {what}", count(number)));
    let why: Vec<String> = rule.why.iter().map(|why| cut(why)).chain(counts).collect();
    let blind = rule.state != RuleState::Active || !why.is_empty();
    blind.then(|| Blind { id: cut(&rule.id), state: rule.state.name(), why: why.join("; ") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::rule;

    #[test]
    fn rules_that_judge_everything_are_only_counted_and_others_are_named() {
        let well = RuleStatus { over_budget: 0, faulted: 0, ..rule("well") };
        let inert = RuleStatus {
            state: RuleState::Inert,
            why: vec!["needs field md5".to_owned()],
            ..well.clone()
        };
        let coverage = of(&[well, rule("costly"), inert]);
        let shares: Vec<_> =
            coverage.shares.iter().map(|share| (share.state, share.count.as_str())).collect();
        assert_eq!(shares, [("active", "2"), ("inert", "1")]);
        let blind: Vec<_> =
            coverage.blind.iter().map(|blind| (blind.state, blind.why.as_str())).collect();
        let costly = "2 events over its budget; 1 events on which it failed";
        assert_eq!(blind, [("active", costly), ("inert", "needs field md5")]);
    }

    #[test]
    fn of_very_many_only_some_are_named_and_the_rest_is_counted() {
        let rules = vec![rule("costly"); NAMED + 7];
        let coverage = of(&rules);
        assert_eq!((coverage.blind.len(), coverage.more), (NAMED, 7));
    }
}
