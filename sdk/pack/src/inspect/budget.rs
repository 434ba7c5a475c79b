//! What a rule may take, and how long that is on this host.

use daemoneye_host::plugin::{FuelRate, Limits, Sandbox, SandboxError};
use daemoneye_pack_format::Rule;

/// What one event may take of a rule: as much as its file asks for, and no more than any rule gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowed {
    pub(super) fuel: u64,
    /// Bytes; of a rule that is a text those of the engine, which all such rules share.
    pub(super) memory: u64,
}

/// How fast this host is.
pub(super) struct Pace(FuelRate);

/// What a rule gets that asks for nothing.
impl Default for Allowed {
    fn default() -> Self {
        let limits = Limits::COMPONENT;
        Allowed { fuel: limits.row_fuel, memory: limits.memory_bytes as u64 }
    }
}

impl Allowed {
    pub(super) fn of(rule: &Rule) -> Allowed {
        let asked = rule.body.component().map(|component| component.budget).unwrap_or_default();
        let Allowed { fuel, memory } = Allowed::default();
        Allowed {
            fuel: asked.fuel_per_event.map_or(fuel, |asked| asked.min(fuel)),
            memory: asked.memory.map_or(memory, |asked| asked.min(memory)),
        }
    }
}

impl Pace {
    pub(super) fn measure() -> Result<Pace, SandboxError> {
        Ok(Pace(FuelRate::measure(&Sandbox::new(None)?)?))
    }

    pub(super) fn per_millisecond(&self) -> u64 {
        self.0.per_millisecond()
    }

    pub(super) fn milliseconds(&self, fuel: u64) -> f64 {
        self.0.microseconds(fuel) as f64 / 1e3
    }

    /// For people.
    pub(super) fn told(&self, Allowed { fuel, memory }: Allowed) -> String {
        let (time, kib) = (self.milliseconds(fuel), memory >> 10);
        format!("fuel {fuel} ({time:.2} ms here), memory {kib} KiB")
    }
}
