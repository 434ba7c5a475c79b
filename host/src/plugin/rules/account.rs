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
    /// Whether the identity holds.
    pub fn is_closed(&self) -> bool {
        self.offered == self.filtered + self.judged + self.over_budget + self.faulted
    }
}
