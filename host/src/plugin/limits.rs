//! How much of everything a plugin may have.

use std::time::Duration;

use wasmtime::ResourceLimiter;

use super::fault::Fault;

/// Rules that the memory of [`Limits::RULES`] is for.
const RULES_IN_MEMORY: usize = 2_000;
/// Memory for each further rule, bytes, and for all of them together.
const BYTES_PER_RULE: usize = 16 << 10;
const MAX_BYTES: usize = 512 << 20;
/// What naming every row of the largest batch as a candidate of one rule takes, bytes.
const CANDIDATE_BYTES: usize = 5 << 10;

/// Fuel is wasmtime's deterministic count of work: about one unit per instruction. It does not bound
/// time: an instruction that waits for memory takes a hundred times longer than one that does not.
/// So calls of rules have a deadline besides; it is looked at each 100,000 units of fuel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory of an instance, all its memories together, bytes.
    pub memory_bytes: usize,
    /// Elements of all tables of an instance.
    pub table_elements: usize,
    /// Bytes that one call may carry out of the sandbox: an answer, or a call into the host.
    pub result_bytes: usize,
    /// Calls into the host during one call.
    pub host_calls: u32,
    /// For instantiation and loading.
    pub load_fuel: u64,
    /// For one call that is not metered by events: compiling a rule, delivering alerts.
    pub call_fuel: u64,
    /// For opening a batch, whatever its size ...
    pub open_fuel: u64,
    /// ... and for each byte in the batch's columns ...
    pub open_fuel_per_byte: u64,
    /// ... and for each row as a candidate of each rule.
    pub open_fuel_per_candidate: u64,
    /// For evaluating a rule on one candidate row.
    pub row_fuel: u64,
    /// The plugin's own steps for a rule on one candidate row.
    pub row_steps: u64,
    /// Wall clock for instantiation and loading.
    pub load_time: Duration,
    /// Wall clock for one call that is not metered by events.
    pub call_time: Duration,
    /// Wall clock for opening a batch, and for naming its candidates.
    pub open_time: Duration,
    /// Wall clock for one evaluation, for each 128 rows of it.
    pub evaluate_time: Duration,
    /// Wall clock for dividing a rule's rows of one batch around those that it fails on.
    pub search_time: Duration,
}

impl Limits {
    /// For plugins that carry or run rules.
    pub const RULES: Limits = Limits {
        memory_bytes: 64 << 20,
        table_elements: 20_000,
        // Of 256 rows, all evidence that one answer may have.
        result_bytes: 32 << 20,
        host_calls: 4_096,
        load_fuel: 20_000_000_000,
        call_fuel: 0,
        open_fuel: 1_000_000,
        open_fuel_per_byte: 1_000,
        open_fuel_per_candidate: 1_000,
        row_fuel: 20_000_000,
        row_steps: 100_000,
        load_time: Duration::from_secs(60),
        call_time: Duration::from_secs(60),
        open_time: Duration::from_secs(5),
        evaluate_time: Duration::from_millis(250),
        search_time: Duration::from_secs(2),
    };

    /// For a plugin that a pack brings. Nothing is compiled while it is loaded, so that takes less.
    pub const COMPONENT: Limits = Limits { load_fuel: 2_000_000_000, ..Limits::RULES };

    /// For a plugin that runs so many rules: each may name every row of a batch, and beyond the first
    /// 2,000 each brings memory with it.
    pub fn for_rules(rules: usize) -> Limits {
        let more = rules.saturating_sub(RULES_IN_MEMORY).saturating_mul(BYTES_PER_RULE);
        let memory_bytes = Limits::RULES.memory_bytes.saturating_add(more).min(MAX_BYTES);
        let candidates = rules.saturating_mul(CANDIDATE_BYTES).min(memory_bytes);
        let result_bytes = Limits::RULES.result_bytes.max(candidates);
        Limits { memory_bytes, result_bytes, ..Limits::RULES }
    }

    /// For plugins that compile rules. One rule may be 1 MiB of text.
    pub const LANGUAGE: Limits = Limits {
        memory_bytes: 256 << 20,
        table_elements: 20_000,
        result_bytes: 16 << 20,
        load_fuel: 100_000_000,
        call_fuel: 10_000_000_000,
        open_fuel: 0,
        open_fuel_per_byte: 0,
        row_fuel: 0,
        row_steps: 0,
        ..Limits::RULES
    };

    /// For sinks.
    pub const SINK: Limits = Limits {
        memory_bytes: 32 << 20,
        table_elements: 20_000,
        result_bytes: 1 << 20,
        load_fuel: 100_000_000,
        call_fuel: 1_000_000_000,
        open_fuel: 0,
        open_fuel_per_byte: 0,
        row_fuel: 0,
        row_steps: 0,
        ..Limits::RULES
    };
}

/// Growth that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// Bytes of memory.
    Memory(usize),
    /// Elements of a table.
    Table(usize),
}

/// Refuses growth over the limits and remembers that it did, so that the trap which follows can be
/// told from others.
#[derive(Debug)]
pub(super) struct Limiter {
    memory_bytes: usize,
    table_elements: usize,
    /// The most that all memories have grown to together, bytes. They never shrink.
    pub(super) used: usize,
    refused: Option<Refused>,
}

impl Limiter {
    pub(super) fn new(limits: &Limits) -> Self {
        let Limits { memory_bytes, table_elements, .. } = *limits;
        Limiter { memory_bytes, table_elements, used: 0, refused: None }
    }

    /// The fault that follows from a refusal, if there was one.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.refused.map(|refused| match refused {
            Refused::Memory(asked) => Fault::OutOfMemory { asked, limit: self.memory_bytes },
            Refused::Table(asked) => Fault::OutOfTable { asked, limit: self.table_elements },
        })
    }

    /// Raises the limit of memory for a while.
    pub(super) fn lend(&mut self, bytes: usize) {
        self.memory_bytes += bytes;
    }

    /// Ends what [`Limiter::lend`] began. Memory that has grown meanwhile stays, and grows no more.
    pub(super) fn take_back(&mut self, bytes: usize) {
        self.memory_bytes -= bytes;
    }

    fn allow(&mut self, allowed: bool, refused: Refused) -> bool {
        if !allowed {
            self.refused = Some(refused);
        }
        allowed
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let together = self.used.saturating_add(desired.saturating_sub(current));
        let allowed = together <= self.memory_bytes;
        if allowed {
            self.used = together;
        }
        Ok(self.allow(allowed, Refused::Memory(together)))
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.allow(desired <= self.table_elements, Refused::Table(desired)))
    }

    // In Rust or C a component is one main module and the few that its encoding adds; an interpreter
    // is linked of a dozen libraries, each a module, and each stub of WASI brings a memory of its own.
    // What they cost is bounded by the bytes of all memories.
    fn instances(&self) -> usize {
        64
    }

    fn tables(&self) -> usize {
        16
    }

    fn memories(&self) -> usize {
        8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_may_name_every_row() {
        let bytes = |rules| Limits::for_rules(rules).result_bytes;
        assert_eq!(bytes(1), Limits::RULES.result_bytes);
        assert!(bytes(10_000) >= 10_000 * 1_024 * size_of::<u32>());
    }

    #[test]
    fn memory_grows_with_the_rules_beyond_2000_and_not_without_end() {
        let megabytes = |rules| Limits::for_rules(rules).memory_bytes >> 20;
        assert_eq!([0, 2_000, 10_000, 100_000, usize::MAX].map(megabytes), [64, 64, 189, 512, 512]);
    }

    #[test]
    fn all_memories_of_an_instance_share_its_limit() {
        let mut limiter = Limiter::new(&Limits { memory_bytes: 100, ..Limits::RULES });
        let mut grow = |current, desired| limiter.memory_growing(current, desired, None).unwrap();
        assert!(grow(0, 60) && grow(0, 20), "two memories");
        assert!(grow(60, 80), "all that is left");
        assert!(!grow(20, 21), "one byte more");
        assert_eq!(limiter.used, 100);
        let fault = Some(Fault::OutOfMemory { asked: 101, limit: 100 });
        assert_eq!(limiter.fault(), fault);
    }
}
