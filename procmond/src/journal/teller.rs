//! What is done about the ledger: told at once, flushed each tick, signed now and then.

use daemoneye_ledger::{Fact, Ledger};

use crate::clock;

/// A checkpoint is signed when so many ticks have passed, or so many entries have none.
const SIGN_TICKS: u32 = 60;
const SIGN_ENTRIES: u64 = 4096;

/// A ledger, and what it could not take yet because the disk is full.
pub(super) struct Teller {
    ledger: Ledger,
    untold: Vec<Fact>,
    ticks: u32,
}

impl Teller {
    pub(super) fn new(ledger: Ledger) -> Self {
        Teller { ledger, untold: Vec::new(), ticks: 0 }
    }

    /// The sequence of the last batch that was told.
    pub(super) fn last_record(&self) -> u64 {
        self.ledger.book().record
    }

    pub(super) fn tell(&mut self, facts: impl IntoIterator<Item = Fact>) {
        self.untold.extend(facts);
        if self.untold.is_empty() {
            return;
        }
        match self.ledger.append(clock::now(), &self.untold) {
            Ok(()) => self.untold.clear(),
            Err(error) => tracing::warn!(entries = self.untold.len(), "ledger: {error}"),
        }
    }

    /// Tells of an act, and signs it. Whether that is on disk.
    pub(super) fn note(&mut self, act: &str, detail: String) -> bool {
        self.tell([Fact::act(act, detail)]);
        self.settle(true) && self.untold.is_empty()
    }

    /// The same for an act that others want told: what they are told is not there waits nowhere.
    pub(super) fn note_or_refuse(&mut self, act: &str, detail: String) -> bool {
        self.tell([]);
        self.untold.is_empty() && self.note(act, detail)
    }

    pub(super) fn tick(&mut self) {
        self.ticks += 1;
        let is_due = self.ticks >= SIGN_TICKS || self.ledger.unsigned() >= SIGN_ENTRIES;
        self.tell([]);
        self.settle(is_due);
    }

    fn settle(&mut self, is_due: bool) -> bool {
        let settled = if is_due { self.ledger.sign() } else { self.ledger.sync() };
        match &settled {
            Ok(()) if is_due => self.ticks = 0,
            Ok(()) => {}
            Err(error) => tracing::warn!("ledger: {error}"),
        }
        settled.is_ok()
    }
}
