//! How a rule, or a whole plugin, has behaved, and what the agent does about it. Decides by faults
//! and the time of events alone.
//!
//! ```text
//! fault in a batch      1st in a row   2nd   3rd   4th   5th
//! batches to sit out    0              1     2     4     a rule: all; a plugin: 8, 16, ... 64
//! ```

use super::super::fault::Fault;

/// After faults in so many batches in a row a rule is blind.
const STRIKES_TO_BLINDNESS: u32 = 5;
/// The longest that anything sits out.
const LONGEST_REST: u64 = 64;

/// What the agent does about a rule, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disposition {
    /// It judges.
    Run,
    /// It has failed and sits out the next batches that concern it.
    Rest {
        /// So many.
        batches: u64,
    },
    /// It has failed again and again and is not run until an operator releases it.
    Quarantine,
}

/// What has gone wrong and has not gone well since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Time of the first event that was not judged, microseconds since the Unix epoch.
    pub since: i64,
    /// The latest fault.
    pub fault: Fault,
}

/// Whom to give up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Patience {
    /// A rule costs only itself when it is given up.
    Ends,
    /// A plugin is tried for ever, at most each 65th batch: all of its rules would be blind.
    Endless,
}

/// The state of one rule or plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Conduct {
    patience: Patience,
    strikes: u32,
    rest: u64,
    trouble: Option<Trouble>,
}

impl Conduct {
    pub(super) fn of_rule() -> Self {
        Conduct { patience: Patience::Ends, strikes: 0, rest: 0, trouble: None }
    }

    pub(super) fn of_plugin() -> Self {
        Conduct { patience: Patience::Endless, ..Conduct::of_rule() }
    }

    pub(super) fn disposition(&self) -> Disposition {
        match self {
            Conduct { patience: Patience::Ends, .. } if self.is_blind() => Disposition::Quarantine,
            Conduct { rest: 0, .. } => Disposition::Run,
            Conduct { rest, .. } => Disposition::Rest { batches: *rest },
        }
    }

    /// What is wrong, from the first fault on until it goes well.
    pub(super) fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// What is wrong, from the fifth batch in a row on.
    pub(super) fn blindness(&self) -> Option<&Trouble> {
        self.trouble.as_ref().filter(|_| self.is_blind())
    }

    fn is_blind(&self) -> bool {
        self.strikes >= STRIKES_TO_BLINDNESS
    }

    /// Whether it takes part in the next batch. One that it sits out is one less to sit out.
    pub(super) fn takes_part(&mut self) -> bool {
        match self.disposition() {
            Disposition::Run => return true,
            Disposition::Rest { .. } => self.rest -= 1,
            Disposition::Quarantine => {}
        }
        false
    }

    /// It took part in a batch, and failed on an event of it or on none.
    pub(super) fn took_part(&mut self, failed: Option<Trouble>) {
        let Some(Trouble { since, fault }) = failed else {
            (self.strikes, self.trouble) = (0, None);
            return;
        };
        let since = self.trouble.as_ref().map_or(since, |trouble| trouble.since);
        self.trouble = Some(Trouble { since, fault });
        self.strikes = self.strikes.saturating_add(1);
        self.rest = match self.strikes {
            0 | 1 => 0,
            strikes => 1_u64.checked_shl(strikes - 2).unwrap_or(LONGEST_REST).min(LONGEST_REST),
        };
    }

    /// A new beginning; false if it is not in quarantine.
    pub(super) fn release(&mut self) -> bool {
        let quarantined = self.disposition() == Disposition::Quarantine;
        if quarantined {
            *self = Conduct::of_rule();
        }
        quarantined
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn failed(since: i64) -> Option<Trouble> {
        Some(Trouble { since, fault: Fault::OutOfFuel(1) })
    }

    /// How many batches it sits out before it takes part again.
    fn rest(conduct: &mut Conduct) -> Option<u64> {
        (0..=LONGEST_REST).find(|_| conduct.takes_part())
    }

    #[test]
    fn a_rule_rests_longer_after_each_fault_and_the_fifth_is_the_last() {
        let mut rule = Conduct::of_rule();
        let rests = [1, 2, 3, 4, 5].map(|time| {
            rule.took_part(failed(time));
            rest(&mut rule)
        });
        assert_eq!(rests, [Some(0), Some(1), Some(2), Some(4), None]);
        assert_eq!(rule.disposition(), Disposition::Quarantine);
        assert_eq!(rule.blindness().map(|trouble| trouble.since), Some(1));
    }

    #[test]
    fn a_plugin_is_blind_after_five_and_tried_for_ever() {
        let mut plugin = Conduct::of_plugin();
        let rests = (1..=100).map(|time| {
            plugin.took_part(failed(time));
            rest(&mut plugin)
        });
        let rests: Vec<_> = rests.collect();
        assert_eq!(rests[..10], [0, 1, 2, 4, 8, 16, 32, 64, 64, 64].map(Some));
        assert!(rests[10..].iter().all(|rest| *rest == Some(LONGEST_REST)));
        assert!(plugin.blindness().is_some());
        plugin.took_part(None);
        assert_eq!(plugin.blindness(), None);
        assert_eq!(plugin.disposition(), Disposition::Run);
    }

    #[test]
    fn a_released_rule_begins_anew_and_only_one_in_quarantine_is_released() {
        let mut rule = Conduct::of_rule();
        assert!(!rule.release());
        (0..5).for_each(|time| rule.took_part(failed(time)));
        assert!(rule.release());
        assert_eq!(rule, Conduct::of_rule());
    }

    proptest! {
        /// Whatever happens: quarantine is five batches with a fault and none without in between,
        /// and before it a rule is never out for longer than four batches.
        #[test]
        fn quarantine_is_five_faults_in_a_row(batches in prop::collection::vec(any::<bool>(), 0..64)) {
            let mut rule = Conduct::of_rule();
            let (mut in_a_row, mut out) = (0, 0);
            for (time, fails) in (0..).zip(batches) {
                if rule.takes_part() {
                    prop_assert!(in_a_row < 5);
                    in_a_row = if fails { in_a_row + 1 } else { 0 };
                    out = 0;
                    rule.took_part(failed(time).filter(|_| fails));
                } else {
                    out += 1;
                    prop_assert!(in_a_row >= 2 && (out <= 4 || in_a_row == 5));
                }
                prop_assert_eq!(rule.disposition() == Disposition::Quarantine, in_a_row == 5);
            }
        }
    }
}
