//! What became of the events that a rule was offered.

use std::ops::Add;

/// What became of one event for one rule: THE LIST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The rule has a finding about it.
    Matched,
    /// The rule was asked and has none.
    Unmatched,
    /// The plugin's index ruled it out. Not booked: what is offered and nothing else is filtered.
    Filtered,
    /// The rule's steps ran out before it was decided.
    OverBudget,
    /// The plugin failed on it.
    Faulted,
    /// It was not shown to the rule, which sits out or is in quarantine.
    Shed,
}

/// Identity: `offered = filtered + judged + over_budget + faulted + shed`, where `judged` is
/// matched or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// Events offered.
    pub offered: u64,
    /// Events that the plugin's index ruled out.
    pub filtered: u64,
    /// Events judged one by one.
    pub judged: u64,
    /// Events whose steps ran out.
    pub over_budget: u64,
    /// Events on which the plugin failed.
    pub faulted: u64,
    /// Events that the rule was not shown because it sat out or was in quarantine.
    pub shed: u64,
    /// Events that matched; each is one of the judged.
    pub matched: u64,
    /// Fuel spent on evaluating the rule.
    pub fuel: u64,
}

impl Account {
    /// The account of a rule that sees what a prefilter matched: what the prefilter judges and does
    /// not match is filtered.
    ///
    /// Invariant: the whole is closed if both parts are, also when one of them began anew.
    #[must_use]
    pub fn behind(&self, prefilter: &Account) -> Account {
        let ruled_out = prefilter.judged - prefilter.matched;
        Account {
            offered: prefilter.offered - prefilter.matched + self.offered,
            filtered: prefilter.filtered + ruled_out + self.filtered,
            over_budget: prefilter.over_budget + self.over_budget,
            faulted: prefilter.faulted + self.faulted,
            shed: prefilter.shed + self.shed,
            fuel: prefilter.fuel + self.fuel,
            ..*self
        }
    }

    /// Whether the identity holds.
    pub fn is_closed(&self) -> bool {
        self.offered == self.filtered + self.taken() && self.matched <= self.judged
    }

    /// Events that the index did not rule out.
    pub(super) fn taken(&self) -> u64 {
        self.judged + self.over_budget + self.faulted + self.shed
    }

    pub(super) fn book(&mut self, outcome: Outcome, events: u64) {
        match outcome {
            Outcome::Matched => {
                self.judged += events;
                self.matched += events;
            }
            Outcome::Unmatched => self.judged += events,
            Outcome::Filtered => {}
            Outcome::OverBudget => self.over_budget += events,
            Outcome::Faulted => self.faulted += events,
            Outcome::Shed => self.shed += events,
        }
    }

    /// With what is booked once for all rules of a plugin: `offered`, and of it what no rule saw.
    /// What is offered and not taken was filtered.
    pub(super) fn within(self, shared: &Account) -> Account {
        let all = self + *shared;
        Account { filtered: all.offered - all.taken(), ..all }
    }
}

impl Add for Account {
    type Output = Account;

    fn add(self, other: Account) -> Account {
        Account {
            offered: self.offered + other.offered,
            filtered: self.filtered + other.filtered,
            judged: self.judged + other.judged,
            over_budget: self.over_budget + other.over_budget,
            faulted: self.faulted + other.faulted,
            shed: self.shed + other.shed,
            matched: self.matched + other.matched,
            fuel: self.fuel + other.fuel,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn closed() -> impl Strategy<Value = Account> {
        let counts = prop::array::uniform6(0..1_000_u64);
        counts.prop_map(|[filtered, matched, not_matched, over_budget, faulted, shed]| Account {
            offered: filtered + matched + not_matched + over_budget + faulted + shed,
            filtered,
            judged: matched + not_matched,
            over_budget,
            faulted,
            shed,
            matched,
            ..Account::default()
        })
    }

    proptest! {
        #[test]
        fn behind_a_prefilter_every_event_is_accounted_for(prefilter in closed(), own in closed()) {
            let whole = own.behind(&prefilter);
            prop_assert!(whole.is_closed(), "{whole:?}");
            prop_assert_eq!((whole.judged, whole.matched), (own.judged, own.matched));
        }
    }
}
