//! What operators ask of the outbox: the account of each sink, and dead letters, which they may offer
//! again or drop.

use std::sync::Arc;

use daemoneye_bus::control::{AlertJson, DeadLetter, Letters, SinkStatus};
use daemoneye_store::{CommitError, Fate, FindError, ReadError, Settled, Store};

use super::Delivery;
use crate::writer::Writer;

/// Fates in one transaction.
const AT_ONCE: usize = 1_000;

/// Answers what concerns the outbox.
#[derive(Clone)]
pub struct Office {
    /// The outbox.
    pub store: Arc<Store>,
    /// Changes it.
    pub writer: Writer,
    /// Is told of the change.
    pub delivery: Delivery,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LettersError {
    /// There is no such sink.
    #[error("no sink {0:?}")]
    NoSink(String),
    /// There is nobody who could deliver.
    #[error("sink {0:?} is not configured: nobody would deliver")]
    NotConfigured(String),
    /// There is nothing of this alert.
    #[error("no dead letter of alert {0:?}")]
    NoLetter(String),
    /// Several alerts may be meant, or none can be read.
    #[error(transparent)]
    Find(FindError),
    /// The outbox cannot be read.
    #[error("store: {0}")]
    Read(#[from] ReadError),
    /// The outbox cannot be written.
    #[error("store: {0}")]
    Write(Arc<CommitError>),
    /// The agent is ending.
    #[error("the writer has ended")]
    Ended,
}

impl Office {
    /// Adds to each sink what the outbox knows of it, and the sinks that only the outbox knows.
    ///
    /// # Errors
    /// If the outbox cannot be read.
    pub fn complete(&self, sinks: &mut Vec<SinkStatus>) -> Result<(), LettersError> {
        for (name, account) in self.store.sinks()? {
            let oldest = self.store.oldest_owed(&name)?;
            let known = sinks.iter().position(|sink| sink.name == name);
            let at = known.unwrap_or_else(|| {
                sinks.push(SinkStatus { name, ..SinkStatus::default() });
                sinks.len() - 1
            });
            let sink = &mut sinks[at];
            (sink.owed, sink.pending, sink.delivered) =
                (account.owed, account.pending, account.delivered);
            (sink.dead, sink.dropped, sink.oldest) = (account.dead, account.dropped, oldest);
        }
        // A sink that is gone and owes nobody anything is of no interest.
        sinks.retain(|sink| sink.configured || sink.pending + sink.dead > 0);
        Ok(())
    }

    /// Dead letters, the oldest alerts first.
    ///
    /// # Errors
    /// If there is no such sink, or the outbox cannot be read.
    pub fn list(&self, sink: Option<&str>, limit: usize) -> Result<Vec<DeadLetter>, LettersError> {
        self.check(sink)?;
        let letters = self.store.dead_letters(sink, limit)?;
        Ok(letters.into_iter().map(letter).collect())
    }

    /// Offers dead letters again; of how many alerts.
    ///
    /// # Errors
    /// If there is no such sink or letter, or the outbox cannot be read or written.
    pub fn replay(&self, wanted: &Letters) -> Result<u64, LettersError> {
        self.check(wanted.sink.as_deref())?;
        if let Some(sink) = wanted.sink.as_ref().filter(|sink| !self.is_configured(sink)) {
            return Err(LettersError::NotConfigured(sink.clone()));
        }
        let mut letters = self.find(wanted)?;
        letters.retain(|(sink, _)| self.is_configured(sink));
        let replayed = self.settle(&letters, &Fate::Revived)?;
        self.delivery.look_again();
        Ok(replayed)
    }

    /// Drops dead letters, and if all of a sink is wanted that is configured no more, also what it
    /// is still owed; of how many alerts.
    ///
    /// # Errors
    /// If there is no such sink or letter, or the outbox cannot be read or written.
    pub fn drop(&self, wanted: &Letters) -> Result<u64, LettersError> {
        self.check(wanted.sink.as_deref())?;
        let mut doomed = self.find(wanted)?;
        if let Letters { alert: None, sink: Some(sink) } = wanted
            && !self.is_configured(sink)
        {
            let owed = self.store.owed_numbers(sink, usize::MAX)?;
            doomed.extend(owed.into_iter().map(|number| (sink.clone(), number)));
        }
        self.settle(&doomed, &Fate::Dropped)
    }

    fn is_configured(&self, sink: &str) -> bool {
        self.delivery.sinks().iter().any(|name| name == sink)
    }

    fn check(&self, sink: Option<&str>) -> Result<(), LettersError> {
        let Some(sink) = sink else { return Ok(()) };
        let known =
            self.is_configured(sink) || self.store.sinks()?.iter().any(|(name, _)| name == sink);
        known.then_some(()).ok_or_else(|| LettersError::NoSink(sink.to_owned()))
    }

    /// Sink and number of each.
    fn find(&self, wanted: &Letters) -> Result<Vec<(String, u64)>, LettersError> {
        let letters = self.store.dead_letters(wanted.sink.as_deref(), usize::MAX)?;
        let number = wanted.alert.as_deref().map(|alert| self.number(alert)).transpose()?;
        let is_wanted = |letter: &daemoneye_store::DeadLetter| {
            number.is_none_or(|number| number == letter.number)
        };
        let found: Vec<_> = letters
            .into_iter()
            .filter(is_wanted)
            .map(|letter| (letter.sink, letter.number))
            .collect();
        match &wanted.alert {
            Some(alert) if found.is_empty() => Err(LettersError::NoLetter(alert.clone())),
            _ => Ok(found),
        }
    }

    /// The number of an alert.
    fn number(&self, alert: &str) -> Result<u64, LettersError> {
        self.store.find_alert(alert).map_err(|error| match error {
            FindError::Unknown(name) => LettersError::NoLetter(name),
            error => LettersError::Find(error),
        })
    }

    /// How many there were to settle.
    fn settle(&self, letters: &[(String, u64)], fate: &Fate) -> Result<u64, LettersError> {
        let mut done = 0;
        for letters in letters.chunks(AT_ONCE) {
            let settled = |(sink, number): &(String, u64)| Settled {
                sink: sink.clone(),
                number: *number,
                fate: fate.clone(),
            };
            let written = self.writer.settle(letters.iter().map(settled).collect());
            let written = written.ok_or(LettersError::Ended)?.map_err(LettersError::Write)?;
            done += written.settled.iter().filter(|settled| **settled).count() as u64;
        }
        Ok(done)
    }
}

fn letter(letter: daemoneye_store::DeadLetter) -> DeadLetter {
    let daemoneye_store::DeadLetter { sink, number, died, tries, why, alert } = letter;
    let alert = alert.ok().map(|alert| AlertJson::from(&alert));
    DeadLetter { sink, number, died, tries, why, alert }
}
