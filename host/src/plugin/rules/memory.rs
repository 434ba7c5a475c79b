//! What a plugin remembers goes over to the next one: with its instance, if that serves the same
//! rules, else as bytes, if the plugin exports `wit/memory.wit`.

use daemoneye_bus::control::MemoryCounts;

use super::super::bindings::exported::memory as wit;
use super::super::fault::Fault;
use super::super::instance::{self, Budget};
use super::RulePlugin;
use crate::capability::RuleGrants;

/// What the bytes may take in an instance besides its memory, and on their way out of it: more than
/// the engine ever remembers.
const SAVED_BYTES: usize = 32 << 20;

/// What a plugin has counted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counted {
    /// By instances that took theirs with them when they died.
    lost: MemoryCounts,
    /// When it was asked last, all in all.
    all: MemoryCounts,
}

impl RulePlugin {
    /// Remembers what another plugin remembers, which has none of it any more. Without the same
    /// plans and without `wit/memory.wit` nothing goes over.
    ///
    /// # Errors
    /// If one of them fails. What was remembered is lost, and counted as with every fault.
    pub(super) fn inherit_memory(&mut self, before: &mut RulePlugin) -> Result<(), Fault> {
        self.counted = before.counted;
        // An instance that is granted something sees what it held when it was made.
        let is_bound = self.template.granted != RuleGrants::default();
        if self.plans == before.plans && self.limits == before.limits && !is_bound {
            self.alive = before.alive.take();
            return Ok(());
        }
        let moved = match before.save() {
            Ok(Some(saved)) => self.restore(&saved),
            Ok(None) => return Ok(()),
            Err(fault) => Err(fault),
        };
        if moved.is_err() {
            before.memory_counts();
            (self.alive, self.counted) = (None, before.counted);
            self.counted.lost = self.counted.all;
        }
        moved
    }

    /// What it could not keep since the agent started; zeros of a plugin that does not tell.
    pub fn memory_counts(&mut self) -> MemoryCounts {
        let budget = Budget { fuel: self.limits.open_fuel, time: self.limits.open_time };
        let told = self.alive.as_mut().and_then(|alive| {
            let (store, guest) = alive.memory()?;
            Some(instance::timed(store, budget, async |store| guest.call_count(store).await))
        });
        match told {
            Some(Ok((told, _))) => self.counted.all = together(self.counted.lost, told.into()),
            Some(Err(_)) => self.alive = None,
            None => {}
        }
        self.counted.all
    }

    /// The living instance is gone, and with it what it had counted.
    pub(super) fn lose_memory(&mut self) {
        self.counted.lost = self.counted.all;
    }

    /// Nothing if the plugin has no such interface.
    fn save(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let budget = self.budget_to_move();
        let Some((store, guest)) = self.alive.as_mut().and_then(super::Alive::memory) else {
            return Ok(None);
        };
        store.data_mut().limiter.lend(SAVED_BYTES);
        store.set_hostcall_fuel(SAVED_BYTES);
        let saved = instance::timed(store, budget, async |store| guest.call_save(store).await);
        saved.map(|(saved, _)| Some(saved))
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), Fault> {
        let budget = self.budget_to_move();
        let Some((store, guest)) = self.alive.as_mut().and_then(super::Alive::memory) else {
            return Ok(());
        };
        store.data_mut().limiter.lend(SAVED_BYTES);
        let restored =
            instance::timed(store, budget, async |store| guest.call_restore(store, saved).await);
        store.data_mut().limiter.take_back(SAVED_BYTES);
        restored?.0.map_err(Fault::Memory)
    }

    fn budget_to_move(&self) -> Budget {
        Budget { fuel: self.limits.load_fuel, time: self.limits.open_time }
    }
}

impl From<wit::Counters> for MemoryCounts {
    fn from(told: wit::Counters) -> Self {
        MemoryCounts {
            late: told.late,
            evicted_groups: told.evicted_groups,
            evicted_rows: told.evicted_rows,
            evicted_processes: told.evicted_processes,
            oversized_values: told.oversized_values,
            dropped_groups: told.dropped_groups,
        }
    }
}

/// Both together. A plugin may tell any numbers.
pub(crate) fn together(one: MemoryCounts, other: MemoryCounts) -> MemoryCounts {
    MemoryCounts {
        late: one.late.saturating_add(other.late),
        evicted_groups: one.evicted_groups.saturating_add(other.evicted_groups),
        evicted_rows: one.evicted_rows.saturating_add(other.evicted_rows),
        evicted_processes: one.evicted_processes.saturating_add(other.evicted_processes),
        oversized_values: one.oversized_values.saturating_add(other.oversized_values),
        dropped_groups: one.dropped_groups.saturating_add(other.dropped_groups),
    }
}
