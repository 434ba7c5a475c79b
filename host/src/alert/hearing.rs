//! Who has heard of an alert: nobody yet, somebody, or nobody ever.
//!
//! Only a delivered alert may hide its repeats. Delivery tells here what became of each alert, and
//! deduplication asks.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Shared between the room that decides about findings and the rooms that deliver.
#[derive(Debug, Default)]
pub struct Hearing {
    /// Sinks that each alert goes to.
    sinks: usize,
    /// Alerts that no sink has taken yet, by id: how many may still take it.
    ///
    /// Invariant: what deduplication has forgotten is not here, so that this is bounded, too.
    unheard: Mutex<HashMap<String, usize>>,
}

impl Hearing {
    /// With so many sinks. With none, the store is who hears.
    pub fn new(sinks: usize) -> Self {
        Hearing { sinks, unheard: Mutex::default() }
    }

    /// The alert is on its way to every sink.
    pub(super) fn expect(&self, id: &str) {
        if self.sinks > 0 {
            self.lock().insert(id.to_owned(), self.sinks);
        }
    }

    /// A sink has taken the alert.
    pub fn heard(&self, id: &str) {
        self.lock().remove(id);
    }

    /// The alert is a dead letter of one sink.
    pub fn died(&self, id: &str) {
        if let Some(sinks) = self.lock().get_mut(id) {
            *sinks = sinks.saturating_sub(1);
        }
    }

    /// Whether the alert is a dead letter of every sink.
    pub(super) fn is_unheard(&self, id: &str) -> bool {
        self.lock().get(id) == Some(&0)
    }

    /// Nobody asks for this alert any more.
    pub(super) fn forget(&self, id: &str) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.unheard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_unheard_when_every_sink_has_buried_it_and_none_has_taken_it() {
        // Sinks; d: died, h: heard; whether it is unheard.
        let cases = [
            (0, "", false),
            (1, "", false),
            (1, "d", true),
            (1, "h", false),
            (2, "d", false),
            (2, "dd", true),
            (2, "dh", false),
            (2, "hdd", false),
        ];
        for (sinks, told, unheard) in cases {
            let hearing = Hearing::new(sinks);
            hearing.expect("a");
            for told in told.chars() {
                if told == 'd' { hearing.died("a") } else { hearing.heard("a") }
            }
            assert_eq!(hearing.is_unheard("a"), unheard, "{sinks} sinks, {told}");
            hearing.forget("a");
            assert!(!hearing.is_unheard("a") && hearing.lock().is_empty());
        }
    }
}
