//! Rules that operators have disabled. They are not loaded, so they cost nothing; they are listed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use daemoneye_bus::handling::Act;

/// The rules that are off, each with the act that did it. A clone is the same.
#[derive(Debug, Clone, Default)]
pub struct Switches(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    off: BTreeMap<String, Act>,
    /// Counts changes.
    version: u64,
}

/// The switches at one time.
#[derive(Debug, Clone, Default)]
pub struct Positions {
    /// The rules that are off.
    pub off: BTreeMap<String, Act>,
    /// Another one means that something has changed.
    pub version: u64,
}

impl Switches {
    /// From now on these rules are off and all others on.
    pub fn set(&self, off: impl IntoIterator<Item = (String, Act)>) {
        let mut state = self.lock();
        state.off = off.into_iter().collect();
        state.version += 1;
    }

    /// How they are now.
    pub fn positions(&self) -> Positions {
        let state = self.lock();
        Positions { off: state.off.clone(), version: state.version }
    }

    /// Counts changes.
    pub fn version(&self) -> u64 {
        self.lock().version
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
