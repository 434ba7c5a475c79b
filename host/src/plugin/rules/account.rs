//! What became of the events that a rule was offered.

/// Identity: `offered = filtered + judged + over_budget + faulted`.
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
    /// Events on which the plugin failed, or that a rule in quarantine did not see.
    pub faulted: u64,
    /// Events that matched; each is one of the judged.
    pub matched: u64,
    /// Fuel spent on evaluating the rule.
    pub fuel: u64,
    /// Events that the index did not rule out, while they are not yet taken from the filtered.
    pub(super) taken: u64,
}

impl Account {
    /// Books events that one rule is offered: seen by the plugin's index, or by nobody.
    pub(super) fn offer(&mut self, rows: u64, blind: bool) {
        self.offered += rows;
        self.filtered += rows;
        if blind {
            self.taken += rows;
            self.faulted += rows;
        }
    }

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
            fuel: prefilter.fuel + self.fuel,
            ..*self
        }
    }

    /// Whether the identity holds.
    pub fn is_closed(&self) -> bool {
        self.offered == self.filtered + self.judged + self.over_budget + self.faulted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn closed() -> impl Strategy<Value = Account> {
        let counts = (0..1_000_u64, 0..1_000_u64, 0..1_000_u64, 0..1_000_u64, 0..1_000_u64);
        counts.prop_map(|(filtered, matched, not_matched, over_budget, faulted)| Account {
            offered: filtered + matched + not_matched + over_budget + faulted,
            filtered,
            judged: matched + not_matched,
            over_budget,
            faulted,
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
