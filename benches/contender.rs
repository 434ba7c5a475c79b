//! Who judges events: the engine in its sandbox, the engine linked, and, in `peers`, others.

mod component;
mod native;

use std::fmt;
use std::iter::Sum;
use std::time::Duration;

use crate::corpus::{Pair, ReadError, Recorded};
use daemoneye_bus::event::{Batch, Event};
use daemoneye_host::replay::{Schema, SchemaError};

pub use component::{Component, Components};
pub use native::Native;

/// Something that judges the events of a product by its rules.
pub trait Contender {
    /// What tables call it.
    fn name(&self) -> &str;

    /// What became of the rules.
    fn loading(&self) -> &Loading;

    /// Cuts the events into batches of so many; not timed.
    fn divide(&mut self, rows: usize);

    /// Lays a batch ready, by its number from 0; not timed.
    fn take(&mut self, batch: usize);

    /// What its rules select in the batch that was taken; timed.
    fn judge(&mut self) -> Vec<Pair>;

    /// Pairs of rule and event without a verdict since it was loaded.
    fn unjudged(&self) -> Unjudged {
        Unjudged::default()
    }
}

/// How many pairs of rule and event have no verdict, by the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unjudged {
    /// The rule's steps for this event ran out.
    pub over_budget: u64,
    /// The instance died of it.
    pub faulted: u64,
}

impl Unjudged {
    /// What has been added since.
    pub(crate) fn since(self, before: Unjudged) -> Unjudged {
        let over_budget = self.over_budget - before.over_budget;
        Unjudged { over_budget, faulted: self.faulted - before.faulted }
    }
}

impl Sum for Unjudged {
    fn sum<I: Iterator<Item = Unjudged>>(all: I) -> Self {
        all.fold(Unjudged::default(), |sum, more| Unjudged {
            over_budget: sum.over_budget + more.over_budget,
            faulted: sum.faulted + more.faulted,
        })
    }
}

/// What became of a contender's rules.
#[derive(Debug, Clone, Default)]
pub struct Loading {
    /// Rules that it took.
    pub loaded: usize,
    /// The id of each rule that it did not take, and why.
    pub refused: Vec<(String, String)>,
    /// From their text to readiness.
    pub took: Duration,
    /// Of which for reading their text.
    pub compiling: Duration,
    /// Bytes by which the process was larger at its largest than before, where the system tells.
    pub peak: Option<u64>,
}

/// Why there is no contender.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContenderError {
    /// A component that was not built.
    #[error("component {path:?}: {cause}: run `cargo xtask plugins`")]
    NotBuilt {
        /// Its file.
        path: std::path::PathBuf,
        /// Why it cannot be read.
        cause: std::io::Error,
    },
    /// No sandbox on this machine.
    #[error(transparent)]
    Sandbox(#[from] daemoneye_host::plugin::SandboxError),
    /// A component that does not load, or plans that it refuses.
    #[error(transparent)]
    Component(#[from] daemoneye_host::plugin::LoadError),
    /// Plans that the linked engine refuses.
    #[error(transparent)]
    Native(#[from] daemoneye_engine::LoadError),
    /// An event that is none of ours.
    #[error("event {line}: {cause}")]
    Event {
        /// From 0.
        line: usize,
        /// What is wrong with it.
        cause: SchemaError,
    },
    /// An event that is no JSON.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A peer that takes no rule at all.
    #[error("{peer}: {reason}")]
    Peer {
        /// Which.
        peer: &'static str,
        /// In its own words.
        reason: String,
    },
}

impl fmt::Display for Loading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (took, compiling) = (self.took.as_secs_f64() * 1e3, self.compiling.as_secs_f64() * 1e3);
        write!(f, "{took:.0} ms, of which {compiling:.0} ms compiling")?;
        let Some(peak) = self.peak else { return Ok(()) };
        write!(f, ", peak RSS + {:.1} MiB", peak as f64 / f64::from(1 << 20))
    }
}

/// The events as the agent has them, out of their Sysmon names.
///
/// # Errors
/// If a line is no event.
pub fn events(recorded: &[Recorded]) -> Result<Vec<Event>, ContenderError> {
    let event = |recorded: &Recorded| {
        let event = Schema::Sigma.event(recorded.text.as_bytes());
        let event = event.map_err(|cause| ContenderError::Event { line: recorded.line, cause })?;
        Ok(event.unwrap_or_default())
    };
    recorded.iter().map(event).collect()
}

/// So many events a batch, the last with what is left.
fn batches(events: &[Event], rows: usize) -> Vec<Batch> {
    let batch = |events: &[Event]| Batch::from_events(events).expect("chunks are not empty");
    events.chunks(rows).map(batch).collect()
}
