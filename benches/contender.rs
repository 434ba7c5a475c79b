//! Who judges events: the engine in its sandbox, the engine linked, and, in `peers`, others.

mod batches;
mod component;
mod loading;
mod native;
mod peer;

use std::iter::Sum;

use crate::corpus::{Pair, ReadError};
use daemoneye_host::replay::SchemaError;

pub use batches::events;
pub use component::{Component, Components};
pub use loading::{Loading, Watch};
pub use native::Native;
pub use peer::{OneByOne, Peer};

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

    /// Events since it was loaded that it knew again and did not judge anew.
    fn known_again(&self) -> u64 {
        0
    }

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
