//! What fuel is in time on this host: a loop over text, run for a moment.
//!
//! It is the figure of one mix of instructions: loads that the processor's cache answers, compares,
//! additions. Work that waits for memory takes up to fifty times longer for the same fuel, which is
//! why calls have a deadline besides.

use std::time::{Duration, Instant};

use wasmtime::{Instance, Module, Store, TypedFunc};

use super::sandbox::{Sandbox, SandboxError};

/// `scan(rounds) -> matches`: goes over a page of memory so many times and counts a letter.
///
/// ```wat
/// (module
///   (memory 1)
///   (func (export "scan") (param $rounds i32) (result i32) (local $at i32) (local $matches i32)
///     loop $again
///       (local.set $matches (i32.add (local.get $matches)
///         (i32.eq (i32.load8_u (i32.and (local.get $at) (i32.const 0xffff))) (i32.const 101))))
///       (local.set $at (i32.add (local.get $at) (i32.const 1)))
///       (br_if $again (i32.lt_u (local.get $at) (i32.shl (local.get $rounds) (i32.const 16))))
///     end
///     local.get $matches))
/// ```
const SCAN: &[u8] = &[
    0x00, b'a', b's', b'm', 0x01, 0x00, 0x00, 0x00, // version 1
    0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f, // types: (i32) -> i32
    0x03, 0x02, 0x01, 0x00, // functions: one, of this type
    0x05, 0x03, 0x01, 0x00, 0x01, // memories: one page
    0x07, 0x08, 0x01, 0x04, b's', b'c', b'a', b'n', 0x00, 0x00, // exports
    0x0a, 0x2f, 0x01, 0x2d, 0x01, 0x02, 0x7f, // code: 45 bytes, two locals
    0x03, 0x40, // loop
    0x20, 0x02, 0x20, 0x01, 0x41, 0xff, 0xff, 0x03, 0x71, 0x2d, 0x00, 0x00, // the letter
    0x41, 0xe5, 0x00, 0x46, 0x6a, 0x21, 0x02, // one more match if it is 101
    0x20, 0x01, 0x41, 0x01, 0x6a, 0x21, 0x01, // the next place
    0x20, 0x01, 0x20, 0x00, 0x41, 0x10, 0x74, 0x49, 0x0d, 0x00, // again
    0x0b, 0x20, 0x02, 0x0b, // end, matches, end
];
/// Pages that one measurement goes over: some milliseconds.
const ROUNDS: i32 = 16;
/// Measurements, of which the fastest counts: whatever else the machine does only adds to them.
const MEASUREMENTS: usize = 5;

/// Fuel and the time that it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FuelRate {
    fuel: u64,
    took: Duration,
}

impl FuelRate {
    /// Measures this host, in a few milliseconds.
    ///
    /// # Errors
    /// If the machine cannot run compiled code.
    pub fn measure(sandbox: &Sandbox) -> Result<FuelRate, SandboxError> {
        let mut store = Store::new(&sandbox.engine, ());
        let scan = probe(sandbox, &mut store);
        let scan = scan.map_err(|error| SandboxError::Engine(format!("{error:#}")))?;
        let rates = (0..MEASUREMENTS).map(|_| run(&mut store, &scan));
        let rates = rates.collect::<wasmtime::Result<Vec<_>>>();
        let rates = rates.map_err(|error| SandboxError::Engine(format!("{error:#}")))?;
        Ok(rates.into_iter().min_by_key(|rate| rate.took).expect("there are measurements"))
    }

    /// Fuel in a millisecond.
    pub fn per_millisecond(&self) -> u64 {
        let took = self.took.as_nanos().max(1);
        u64::try_from(u128::from(self.fuel) * 1_000_000 / took).unwrap_or(u64::MAX)
    }

    /// How long so much fuel takes, microseconds.
    pub fn microseconds(&self, fuel: u64) -> u64 {
        let took = u128::from(fuel) * self.took.as_nanos() / 1_000;
        u64::try_from(took / u128::from(self.fuel.max(1))).unwrap_or(u64::MAX)
    }
}

fn probe(sandbox: &Sandbox, store: &mut Store<()>) -> wasmtime::Result<TypedFunc<i32, i32>> {
    let module = Module::new(&sandbox.engine, SCAN)?;
    store.set_fuel(u64::MAX)?;
    Instance::new(&mut *store, &module, &[])?.get_typed_func(store, "scan")
}

fn run(store: &mut Store<()>, scan: &TypedFunc<i32, i32>) -> wasmtime::Result<FuelRate> {
    store.set_fuel(u64::MAX)?;
    let started = Instant::now();
    scan.call(&mut *store, ROUNDS)?;
    let took = started.elapsed();
    Ok(FuelRate { fuel: u64::MAX - store.get_fuel()?, took })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_runs_and_uses_fuel_for_every_letter() {
        let sandbox = Sandbox::new(None).expect("a sandbox");
        let rate = FuelRate::measure(&sandbox).expect("a rate");
        let letters = u64::from(ROUNDS.unsigned_abs()) << 16;
        assert!((5 * letters..50 * letters).contains(&rate.fuel), "{rate:?}");
        assert!(rate.took > Duration::ZERO && rate.per_millisecond() > 0, "{rate:?}");
    }

    #[test]
    fn fuel_is_told_as_time_and_time_as_fuel() {
        let rate = FuelRate { fuel: 3_000_000, took: Duration::from_millis(2) };
        assert_eq!(rate.per_millisecond(), 1_500_000);
        assert_eq!(rate.microseconds(1_500_000), 1_000);
        assert_eq!(rate.microseconds(0), 0);
        assert_eq!(rate.microseconds(u64::MAX), u64::MAX / 1_500);
    }
}
