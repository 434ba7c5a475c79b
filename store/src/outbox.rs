//! What each sink is owed, and what became of it.
//!
//! Invariant: for each sink, `owed = pending + delivered + dead + dropped`; `pending` and `dead` are
//! the rows of the sink in the tables `outbox` and `dead_letters`.

mod read;

use redb::{ReadableTable, StorageError, Table, WriteTransaction};

use crate::tables::{DEAD_LETTERS, DELIVERED, OUTBOX, SINKS};

pub use read::{DeadLetter, Owed, Parcel};

/// Dead letters that are kept for one sink. Beyond, the oldest alert goes and is counted as dropped.
pub const MAX_DEAD_LETTERS: u64 = 10_000;

/// One alert that a sink was owed, or that is a dead letter of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The sink's name.
    pub sink: String,
    /// The alert's number.
    pub number: u64,
    /// What became of it.
    pub fate: Fate,
}

/// What became of an alert at a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The sink has it: it is owed no more.
    Delivered {
        /// Since when, microseconds since the Unix epoch.
        at: i64,
    },
    /// It is not tried any more: a dead letter.
    Dead {
        /// When, microseconds since the Unix epoch.
        at: i64,
        /// How often it was tried.
        tries: u32,
        /// Why, one sentence.
        why: String,
    },
    /// The dead letter is owed again.
    Revived,
    /// It is gone for good, whether it was a dead letter or owed.
    Dropped,
}

/// What became of all alerts that a sink ever was owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SinkAccount {
    /// All of them.
    pub owed: u64,
    /// Still to be delivered.
    pub pending: u64,
    /// Delivered.
    pub delivered: u64,
    /// Dead letters.
    pub dead: u64,
    /// Gone without having been delivered.
    pub dropped: u64,
}

impl SinkAccount {
    /// Whether every alert is accounted for.
    pub fn is_closed(&self) -> bool {
        self.owed == self.pending + self.delivered + self.dead + self.dropped
    }

    fn from_row((owed, pending, delivered, dead, dropped): (u64, u64, u64, u64, u64)) -> Self {
        SinkAccount { owed, pending, delivered, dead, dropped }
    }

    fn row(self) -> (u64, u64, u64, u64, u64) {
        (self.owed, self.pending, self.delivered, self.dead, self.dropped)
    }
}

/// The tables, within one transaction.
pub(crate) struct Outbox<'t> {
    owed: Table<'t, (&'static str, u64), i64>,
    dead: Table<'t, (&'static str, u64), (i64, i64, u32, &'static str)>,
    delivered: Table<'t, (u64, &'static str), i64>,
    sinks: Table<'t, &'static str, (u64, u64, u64, u64, u64)>,
}

impl<'t> Outbox<'t> {
    pub(crate) fn open(transaction: &'t WriteTransaction) -> Result<Self, redb::Error> {
        Ok(Outbox {
            owed: transaction.open_table(OUTBOX)?,
            dead: transaction.open_table(DEAD_LETTERS)?,
            delivered: transaction.open_table(DELIVERED)?,
            sinks: transaction.open_table(SINKS)?,
        })
    }

    /// From now on the sink is owed the alert, which was made at the time `since`.
    pub(crate) fn owe(&mut self, sink: &str, number: u64, since: i64) -> Result<(), redb::Error> {
        self.owed.insert((sink, number), since)?;
        self.count(sink, |account| {
            account.owed += 1;
            account.pending += 1;
        })
    }

    /// Whether there was such a thing to settle.
    pub(crate) fn settle(&mut self, settled: &Settled) -> Result<bool, redb::Error> {
        let Settled { sink, number, fate } = settled;
        match fate {
            Fate::Delivered { at } => self.deliver(sink, *number, *at),
            Fate::Dead { at, tries, why } => self.bury(sink, *number, (*at, *tries, why)),
            Fate::Revived => self.revive(sink, *number),
            Fate::Dropped => self.drop_one(sink, *number),
        }
    }

    fn deliver(&mut self, sink: &str, number: u64, at: i64) -> Result<bool, redb::Error> {
        if self.owed.remove((sink, number))?.is_none() {
            return Ok(false);
        }
        self.delivered.insert((number, sink), at)?;
        self.count(sink, |account| {
            account.pending -= 1;
            account.delivered += 1;
        })?;
        Ok(true)
    }

    fn bury(
        &mut self,
        sink: &str,
        number: u64,
        (at, tries, why): (i64, u32, &str),
    ) -> Result<bool, redb::Error> {
        let Some(since) = self.owed.remove((sink, number))?.map(|since| since.value()) else {
            return Ok(false);
        };
        self.dead.insert((sink, number), (since, at, tries, why))?;
        let dead = self.account(sink)?.dead + 1;
        let dropped = u64::from(dead > MAX_DEAD_LETTERS && self.drop_oldest_letter(sink)?);
        self.count(sink, |account| {
            account.pending -= 1;
            account.dead = dead - dropped;
            account.dropped += dropped;
        })?;
        Ok(true)
    }

    fn drop_oldest_letter(&mut self, sink: &str) -> Result<bool, redb::Error> {
        let oldest = self.dead.range((sink, 0)..=(sink, u64::MAX))?.next().transpose()?;
        let Some(number) = oldest.map(|(key, _)| key.value().1) else { return Ok(false) };
        Ok(self.dead.remove((sink, number))?.is_some())
    }

    fn revive(&mut self, sink: &str, number: u64) -> Result<bool, redb::Error> {
        let Some(since) = self.dead.remove((sink, number))?.map(|letter| letter.value().0) else {
            return Ok(false);
        };
        self.owed.insert((sink, number), since)?;
        self.count(sink, |account| {
            account.dead -= 1;
            account.pending += 1;
        })?;
        Ok(true)
    }

    fn drop_one(&mut self, sink: &str, number: u64) -> Result<bool, redb::Error> {
        let pending = u64::from(self.owed.remove((sink, number))?.is_some());
        let dead = u64::from(self.dead.remove((sink, number))?.is_some());
        self.count(sink, |account| {
            account.pending -= pending;
            account.dead -= dead;
            account.dropped += pending + dead;
        })?;
        Ok(pending + dead > 0)
    }

    fn account(&self, sink: &str) -> Result<SinkAccount, StorageError> {
        Ok(self.sinks.get(sink)?.map(|row| SinkAccount::from_row(row.value())).unwrap_or_default())
    }

    fn count(
        &mut self,
        sink: &str,
        change: impl FnOnce(&mut SinkAccount),
    ) -> Result<(), redb::Error> {
        let mut account = self.account(sink)?;
        change(&mut account);
        self.sinks.insert(sink, account.row())?;
        Ok(())
    }
}
