//! One rule that is code, `benches/guest`, under several hosts of plugins.
//!
//! ```text
//! native  linked, called through a table of functions as a library that was loaded would be
//! raw     the component in wasmtime and nothing else: no fuel, no deadline, no account
//! hosted  the component in the agent's own host
//! ```

mod hosted;
mod native;
mod raw;

use std::time::{Duration, Instant};

use daemoneye_bus::event::{Batch, Event};

pub use hosted::Hosted;
pub use native::Native;
pub use raw::{Raw, RawError};

/// The component that is measured, in the folder of components.
pub const COMPONENT: &str = "test/bench.wasm";
/// Events in a batch.
pub const ROWS: [usize; 4] = [1, 16, 256, 1_024];
/// The first event of the batches: with it, a batch of any size holds an attack.
const FIRST: usize = 256;

/// A host with the rule loaded.
pub trait Hosting {
    /// What is printed.
    fn name(&self) -> &'static str;

    /// Lays a batch ready, in whatever form it reaches this host; not timed.
    fn take(&mut self, batch: &Batch);

    /// How many rows the rule finds in it; timed.
    fn judge(&mut self) -> usize;
}

/// Events for a batch of so many rows.
pub fn events(rows: usize) -> Vec<Event> {
    (FIRST..FIRST + rows).map(crate::event).collect()
}

/// What each host took for one batch, round by round.
pub struct Rounds(Vec<Vec<Duration>>);

impl Rounds {
    /// Times every host in every round, each time another one first, so that a slow moment of the
    /// machine and what one host leaves in its caches meet all of them.
    ///
    /// # Panics
    /// If they do not find the same, or nothing: then the figures would mean nothing.
    pub fn run(hosts: &mut [Box<dyn Hosting>], rows: usize, rounds: usize) -> Rounds {
        let batch = Batch::from_events(&events(rows)).expect("events");
        for host in hosts.iter_mut() {
            host.take(&batch);
        }
        let found: Vec<usize> = hosts.iter_mut().map(|host| host.judge()).collect();
        assert!(found[0] > 0 && found.iter().all(|count| *count == found[0]), "{found:?}");
        let mut times = vec![Vec::with_capacity(rounds); hosts.len()];
        for turn in 0..rounds * hosts.len() {
            let (round, place) = (turn / hosts.len(), turn % hosts.len());
            let number = (round + place) % hosts.len();
            let host = &mut hosts[number];
            host.take(&batch);
            let started = Instant::now();
            std::hint::black_box(host.judge());
            times[number].push(started.elapsed());
        }
        Rounds(times)
    }

    /// The median time of a host.
    pub fn median(&self, host: usize) -> Duration {
        median(self.0[host].clone())
    }

    /// How many times as long one host takes as another: the median of the ratios of all rounds. A
    /// machine that changes its pace from one round to the next changes both sides of a ratio.
    pub fn ratio(&self, host: usize, other: usize) -> f64 {
        let both = self.0[host].iter().zip(&self.0[other]);
        let mut ratios: Vec<f64> =
            both.map(|(one, other)| one.as_secs_f64() / other.as_secs_f64()).collect();
        ratios.sort_unstable_by(f64::total_cmp);
        ratios[ratios.len() / 2]
    }
}

/// The middle of some times.
///
/// # Panics
/// If there are none.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
