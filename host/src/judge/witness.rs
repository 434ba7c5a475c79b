//! One rule alone on one event, in a new instance: a verdict that anybody with the same rule, engine
//! and build can ask for again.
//!
//! What an event costs among others depends on them: texts that are looked at once, memory that was
//! used before. Alone it depends on nothing else, so this is the fuel that alerts carry.

use std::time::Duration;

use daemoneye_bus::alert::Witness;
use daemoneye_bus::event::{Batch, Event};

use super::{Judge, Role};
use crate::catalog::Described;
use crate::plugin::{Limits, LoadError, Sandbox};

/// What making a new instance may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    load_fuel: u64,
    load_time: Duration,
}

impl Patience {
    /// Between two batches: some tens of milliseconds of work. Fuel is the bound, so that it is the
    /// rule that decides and not what else the machine does; time is for what fuel does not see.
    pub const BRIEF: Patience =
        Patience { load_fuel: 200_000_000, load_time: Duration::from_secs(2) };
    /// As much as at an agent's start.
    pub const LONG: Patience =
        Patience { load_fuel: Limits::RULES.load_fuel, load_time: Limits::RULES.load_time };
}

/// Why there is no verdict of one rule on one event.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessError {
    /// No rule of this id sees events.
    #[error("no rule {0:?} sees events")]
    UnknownRule(String),
    /// An event without any value.
    #[error("the event has no values")]
    Empty,
    /// No new instance.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The rule did not decide.
    #[error("rule {rule:?} on the event alone: {why}")]
    Unjudged {
        /// The rule.
        rule: String,
        /// What happened instead.
        why: String,
    },
}

/// Where a rule runs.
struct Place<'j> {
    described: &'j Described,
    /// What it is in the engine, if it is anything there.
    role: Option<&'j Role>,
    /// The guest, and the rule in the guest's list.
    guest: Option<(usize, usize)>,
}

impl Judge {
    /// Asks a new instance about this event and no other.
    ///
    /// # Errors
    /// If there is no such rule, no instance in time, or no verdict.
    pub fn witness(
        &self,
        rule: &str,
        event: &Event,
        patience: Patience,
    ) -> Result<Witness, WitnessError> {
        let place = self.place(rule);
        let place = place.ok_or_else(|| WitnessError::UnknownRule(rule.to_owned()))?;
        let batch = Batch::from_events([event]).ok_or(WitnessError::Empty)?;
        let mut alone = self.alone(&place, patience)?;
        let (found, unjudged) = alone.judge(&batch);
        if let Some(failed) = unjudged.first() {
            let (rule, why) = (rule.to_owned(), failed.why.to_string());
            return Err(WitnessError::Unjudged { rule, why });
        }
        Ok(Witness {
            release: self.releases.get(&place.described.pack).copied(),
            rule: self.fingerprint(&place),
            engine: self.engine.template().fingerprint().to_hex().to_string(),
            build: Sandbox::build(),
            matched: !found.is_empty(),
            fuel: alone.report().iter().map(|rule| rule.fuel).sum(),
        })
    }

    fn place(&self, rule: &str) -> Option<Place<'_>> {
        let role = self.roles.iter().find(|role| self.described(role).id == rule);
        let guests = self.guests.iter().enumerate().find_map(|(guest, with)| {
            let number = with.rules().iter().position(|known| known.described.id == rule);
            number.map(|number| (guest, number))
        });
        let described = match (role, guests) {
            (Some(role), _) => self.described(role),
            (None, Some((guest, number))) => &self.guests[guest].rules()[number].described,
            (None, None) => return None,
        };
        Some(Place { described, role, guest: guests })
    }

    /// A judge of new instances that has this rule and no other.
    fn alone(&self, place: &Place<'_>, patience: Patience) -> Result<Judge, LoadError> {
        let Patience { load_fuel, load_time } = patience;
        let within = |limits| Limits { load_fuel, load_time, ..limits };
        let engine = self.engine.alone(&place.described.id, within(Limits::for_rules(1)))?;
        let guest = place.guest.map(|(guest, number)| {
            let guest = &self.guests[guest];
            guest.alone(number, within(guest.plugin().limits()))
        });
        let role = place.role.map(|role| match role {
            Role::Rule(described) => Role::Rule(described.clone()),
            Role::Prefilter { .. } => Role::Prefilter { guest: 0, rule: 0 },
        });
        let (roles, guests) = (role.into_iter().collect(), guest.transpose()?);
        let guests = guests.into_iter().collect();
        let (idle, releases) = (Vec::new(), self.releases.clone());
        Ok(Judge { engine, roles, guests, processes: None, idle, off: Vec::new(), releases })
    }

    /// The hash of all that decides what the rule says: its plan, its component, its budget.
    fn fingerprint(&self, place: &Place<'_>) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("daemoneye rule v1");
        let plan = self.engine.plan(&place.described.id).unwrap_or_default();
        hasher.update(&(plan.len() as u64).to_le_bytes()).update(plan);
        if let Some((guest, rule)) = place.guest {
            let (plugin, number) = self.guests[guest].seat(rule);
            hasher.update(plugin.template().fingerprint().as_bytes());
            hasher.update(&plugin.row_fuel(number).to_le_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}
