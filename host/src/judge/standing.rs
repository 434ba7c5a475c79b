//! How every rule stands: what became of its events, what is wrong with it, who releases it.

use std::collections::HashSet;
use std::sync::Arc;

use daemoneye_bus::control::{
    RuleAccess, RuleDetail, RuleState, RuleStatus, RuleTrouble, RuleWords,
};

use super::guest::Guest;
use super::{Judge, Role};
use crate::capability::Processes;
use crate::catalog::Described;
use crate::plugin::{Account, Blind, Disposition, ReleaseError, Restarts, RulePlugin, Trouble};

/// A rule that sees events, and where it runs.
struct Seat<'j> {
    described: &'j Arc<Described>,
    /// The rule in the engine, or its prefilter.
    engine: Option<(&'j RulePlugin, usize)>,
    /// The rule in a component.
    guest: Option<(&'j RulePlugin, usize)>,
}

impl Judge {
    /// The account of every rule; those that see no events come last.
    pub fn report(&self) -> Vec<RuleStatus> {
        let rules = self.seats().map(|seat| seat.status());
        rules.chain(self.idle.iter().cloned()).collect()
    }

    /// One rule with its faults, but for the events that it did not judge.
    pub fn detail(&self, id: &str) -> Option<RuleDetail> {
        let seeing = self.seats().find(|seat| seat.described.id == id).map(|seat| seat.detail());
        let idle = || self.idle.iter().find(|rule| rule.id == id).cloned();
        seeing.or_else(|| {
            let off = self.off.iter().find(|rule| rule.id == id);
            let words = off.map(|rule| RuleWords::clone(&rule.words)).unwrap_or_default();
            let (trouble, state_lost, unevaluated) = (None, None, Vec::new());
            idle().map(|rule| RuleDetail {
                rule,
                trouble,
                state_lost,
                unevaluated,
                words,
                access: None,
            })
        })
    }

    /// Who sees nothing since when, and why; a rule that is blind twice over is named once.
    pub fn blind(&self) -> Vec<Blind> {
        let mut named = HashSet::new();
        let all = self.plugins().flat_map(RulePlugin::blind);
        all.filter(|blind| named.insert(blind.to_string())).collect()
    }

    /// Ends the quarantine of a rule, and that of its prefilter.
    ///
    /// # Errors
    /// If there is no such rule, or it is not in quarantine.
    pub fn release(&mut self, id: &str) -> Result<(), ReleaseError> {
        let known = self.seats().any(|seat| seat.described.id == id)
            || self.idle.iter().any(|rule| rule.id == id);
        let guests = self.guests.iter_mut().map(Guest::plugin_mut);
        let plugins = std::iter::once(&mut self.engine).chain(guests);
        let released = plugins.filter_map(|plugin| plugin.release(id).ok()).count();
        match (released, known) {
            (0, true) => Err(ReleaseError::NotInQuarantine(id.to_owned())),
            (0, false) => Err(ReleaseError::UnknownRule(id.to_owned())),
            _ => Ok(()),
        }
    }

    /// How often the state of rules was lost, and when it was last, in any plugin.
    pub fn restarts(&self) -> Restarts {
        self.plugins().map(RulePlugin::restarts).fold(Restarts::default(), |all, one| Restarts {
            count: all.count + one.count,
            last: all.last.max(one.last),
        })
    }

    /// The most memory that a component's living instance has had, bytes; without components the
    /// engine's.
    pub fn memory_used(&self) -> usize {
        let guests = self.guests.iter().map(|guest| guest.plugin().memory_used());
        guests.max().unwrap_or_else(|| self.engine.memory_used())
    }

    /// What components had no room for any more in what they are granted: entries of their
    /// namespaces, and processes.
    pub fn evicted(&self) -> u64 {
        let of_guests: u64 = self.guests.iter().map(|guest| guest.plugin().evicted()).sum();
        of_guests + self.processes.as_ref().map_or(0, Processes::evicted)
    }

    /// Fuel for bringing events in and naming candidates, which is in no rule's account.
    pub fn open_fuel(&self) -> u64 {
        self.plugins().map(RulePlugin::open_fuel).sum()
    }

    /// Events that the engine was not shown, because it had judged others like them.
    pub fn known_again(&self) -> u64 {
        self.engine.known_again()
    }

    fn plugins(&self) -> impl Iterator<Item = &RulePlugin> {
        std::iter::once(&self.engine).chain(self.guests.iter().map(Guest::plugin))
    }

    /// Every rule that sees events: those of the engine, then those of the components.
    fn seats(&self) -> impl Iterator<Item = Seat<'_>> {
        let engine = self.roles.iter().enumerate().map(|(number, role)| {
            let engine = Some((&self.engine, number));
            let guest = match role {
                Role::Rule(_) => None,
                Role::Prefilter { guest, rule } => Some(self.guests[*guest].seat(*rule)),
            };
            Seat { described: self.described(role), engine, guest }
        });
        let unfiltered = self.guests.iter().flat_map(|guest| {
            let rules = guest.rules().iter().enumerate().filter(|(_, rule)| !rule.prefiltered);
            rules.map(|(number, rule)| {
                let guest = Some(guest.seat(number));
                Seat { described: &rule.described, engine: None, guest }
            })
        });
        engine.chain(unfiltered)
    }
}

impl Seat<'_> {
    fn status(&self) -> RuleStatus {
        let (state, why) = match self.disposition() {
            Disposition::Run => (RuleState::Active, None),
            Disposition::Rest { batches } => {
                (RuleState::Resting, Some(format!("failed, and sits out {batches} batches")))
            }
            Disposition::Quarantine => {
                (RuleState::Quarantined, Some("failed in batch after batch".to_owned()))
            }
        };
        let status = self.described.status(&self.account(), state, why.into_iter().collect());
        // The prefilter costs next to nothing; what is told is the rule's own.
        let fuel_p99 = self.parts().find_map(|(plugin, rule)| plugin.fuel_p99(rule));
        RuleStatus { fuel_p99, ..status }
    }

    fn detail(&self) -> RuleDetail {
        let trouble = self
            .trouble()
            .map(|trouble| RuleTrouble { since: trouble.since, fault: trouble.fault.to_string() });
        // A prefilter looks at one event at a time and has no state to lose.
        let state = self.guest.or(self.engine).map(|(plugin, _)| plugin.restarts());
        let state_lost = state.and_then(|restarts| restarts.last);
        let words = RuleWords::clone(&self.described.words);
        let (rule, unevaluated, access) = (self.status(), Vec::new(), Some(self.access()));
        RuleDetail { rule, trouble, state_lost, unevaluated, words, access }
    }

    /// How the events are found that the rule, or its prefilter, looks at.
    fn access(&self) -> RuleAccess {
        let id = &self.described.id;
        let plan = self.engine.and_then(|(plugin, _)| plugin.plan(id));
        let found = plan.and_then(|plan| daemoneye_hunt::access(id, plan));
        found.unwrap_or_else(|| {
            RuleAccess::Always("it is a component without a prefilter".to_owned())
        })
    }

    /// The component and the engine, as far as the rule runs there.
    fn parts(&self) -> impl Iterator<Item = (&RulePlugin, usize)> {
        self.guest.into_iter().chain(self.engine)
    }

    fn account(&self) -> Account {
        let mut accounts = self.parts().map(|(plugin, rule)| plugin.account(rule));
        match (accounts.next(), accounts.next()) {
            (Some(component), Some(prefilter)) => component.behind(&prefilter),
            (only, _) => only.expect("a rule that sees events runs somewhere"),
        }
    }

    fn disposition(&self) -> Disposition {
        let parts = self.parts().map(|(plugin, rule)| plugin.disposition(rule));
        parts.max().unwrap_or(Disposition::Run)
    }

    fn trouble(&self) -> Option<&Trouble> {
        self.parts().find_map(|(plugin, rule)| plugin.trouble(rule))
    }
}
