//! What the operator allows plugins: caps over what they ask for, and what rules of packs may do
//! outside the sandbox.

use std::collections::BTreeMap;
use std::time::Duration;

use daemoneye_pack_format::Budget;
use serde::{Deserialize, Serialize};

use super::limits::Limits;
use crate::capability::RuleGrants;

/// Everything that a [`Sandbox`](super::Sandbox) is told by its operator.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Allowed {
    /// How much of everything.
    pub caps: Caps,
    /// What rules of packs may do.
    pub rules: Granting,
}

/// What components of packs are granted.
#[derive(Debug, Clone, PartialEq)]
pub enum Granting {
    /// What the operator says, by the pack's id; a pack that is not listed is granted nothing.
    Listed(BTreeMap<String, RuleGrants>),
    /// Whatever a pack's manifest requests, in the usual amounts: for authors, who test what no
    /// operator has granted yet.
    AsRequested,
}

/// The most that plugins may have, whatever they ask for: `[limits]` of the agent's configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Caps {
    /// Fuel that a rule of a pack may ask for, for judging one event.
    pub fuel_per_event: u64,
    /// Memory that a component of a pack may ask for, MiB.
    pub memory_mib: u64,
    /// Time for a component of a pack to judge at most 128 events, milliseconds.
    pub evaluate_ms: u64,
    /// Calls out of the sandbox during one call into it.
    pub host_calls: u32,
    /// Time to compile one rule, seconds.
    pub compile_s: u64,
    /// Time for one delivery, with all that it waits for, seconds.
    pub delivery_s: u64,
}

/// A pack asks for more than its operator allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("asks for {what} {asked}, and limits.{key} of the agent's configuration allows {allowed}")]
pub struct OverCap {
    what: &'static str,
    asked: u64,
    key: &'static str,
    allowed: u64,
}

impl Default for Granting {
    fn default() -> Self {
        Granting::Listed(BTreeMap::new())
    }
}

impl Default for Caps {
    fn default() -> Self {
        Caps {
            fuel_per_event: 200_000_000,
            memory_mib: 256,
            evaluate_ms: 250,
            host_calls: Limits::RULES.host_calls,
            compile_s: 60,
            delivery_s: 60,
        }
    }
}

impl Allowed {
    /// For tools of authors, who are no operators.
    pub fn as_requested() -> Self {
        Allowed { rules: Granting::AsRequested, ..Allowed::default() }
    }
}

impl Caps {
    /// What a component of a pack may have that asks for so much. Without a word of its pack it is
    /// what any plugin has, as far as the caps allow.
    ///
    /// # Errors
    /// If it asks for more than the caps allow: with less than it needs it would fail event after
    /// event, which is worse than not to run.
    pub fn component(&self, asked: Budget) -> Result<Limits, OverCap> {
        let memory = amount("bytes of memory", asked.memory, "memory_mib", self.memory_mib << 20)?;
        let usual = Limits::COMPONENT;
        Ok(Limits {
            memory_bytes: memory.map_or(usual.memory_bytes.min(bytes(self.memory_mib)), size),
            row_fuel: self.row_fuel(asked)?,
            evaluate_time: Duration::from_millis(self.evaluate_ms),
            search_time: usual.search_time.max(Duration::from_millis(self.evaluate_ms)),
            host_calls: self.host_calls,
            ..usual
        })
    }

    /// The fuel of a rule of a pack for one event.
    ///
    /// # Errors
    /// If it asks for more than the caps allow.
    pub fn row_fuel(&self, asked: Budget) -> Result<u64, OverCap> {
        let cap = self.fuel_per_event;
        let fuel = amount("fuel per event", asked.fuel_per_event, "fuel_per_event", cap)?;
        Ok(fuel.unwrap_or(Limits::COMPONENT.row_fuel.min(cap)))
    }

    /// For sinks.
    pub fn sink(&self) -> Limits {
        let call_time = Duration::from_secs(self.delivery_s);
        Limits { call_time, host_calls: self.host_calls, ..Limits::SINK }
    }

    /// For plugins that compile rules.
    pub fn language(&self) -> Limits {
        Limits { call_time: Duration::from_secs(self.compile_s), ..Limits::LANGUAGE }
    }
}

fn amount(
    what: &'static str,
    asked: Option<u64>,
    key: &'static str,
    cap: u64,
) -> Result<Option<u64>, OverCap> {
    match asked {
        Some(asked) if asked > cap => Err(OverCap { what, asked, key, allowed: cap }),
        within => Ok(within),
    }
}

fn bytes(mib: u64) -> usize {
    size(mib << 20)
}

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(fuel_per_event: u64, memory: u64) -> Budget {
        Budget { fuel_per_event: Some(fuel_per_event), memory: Some(memory) }
    }

    #[test]
    fn a_pack_gets_what_it_asks_for_up_to_the_cap_and_is_refused_beyond_it() {
        let caps = Caps { fuel_per_event: 50_000_000, memory_mib: 100, ..Caps::default() };
        let most = budget(50_000_000, 100 << 20);
        let limits = caps.component(most).expect("within the caps");
        assert_eq!((limits.row_fuel, limits.memory_bytes), (50_000_000, 100 << 20));
        let said = |asked| caps.component(asked).expect_err("over the caps").to_string();
        let fuel = said(budget(50_000_001, 1));
        assert!(fuel.contains("fuel per event 50000001") && fuel.contains("50000000"), "{fuel}");
        let memory = said(budget(1, (100 << 20) + 1));
        assert!(memory.contains("limits.memory_mib"), "{memory}");
    }

    #[test]
    fn who_asks_for_nothing_gets_what_is_usual_as_far_as_the_caps_allow() {
        let usual = Caps::default().component(Budget::default()).expect("nothing is asked");
        assert_eq!(usual, Limits::COMPONENT);
        let tight = Caps { fuel_per_event: 7, memory_mib: 1, evaluate_ms: 9, ..Caps::default() };
        let limits = tight.component(Budget::default()).expect("nothing is asked");
        assert_eq!((limits.row_fuel, limits.memory_bytes), (7, 1 << 20));
        assert_eq!(limits.evaluate_time, Duration::from_millis(9));
    }

    #[test]
    fn sinks_and_languages_have_the_operators_time() {
        let caps = Caps { compile_s: 3, delivery_s: 4, host_calls: 5, ..Caps::default() };
        assert_eq!(caps.language().call_time, Duration::from_secs(3));
        let sink = caps.sink();
        assert_eq!((sink.call_time, sink.host_calls), (Duration::from_secs(4), 5));
    }
}
