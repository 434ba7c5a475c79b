//! Alerts by the beginning of their ids, how far they are handled, exceptions, disabled rules.

use std::ops::Bound;

use daemoneye_bus::alert::{Alert, Severity};
use daemoneye_bus::handling::{Act, AlertState, Exception};
use redb::{ReadOnlyTable, ReadTransaction, ReadableTable};
use serde::de::DeserializeOwned;

use super::state;
use crate::Store;
use crate::read::ReadError;
use crate::tables::{
    ACTS, ALERT_ACTS, ALERT_IDS, ALERTS, DEAD_LETTERS, DELIVERED, DISABLED, EXCEPTED, EXCEPTIONS,
    HANDLED, HITS, META, META_EXCEPTIONS, OUTBOX, REPEATS, SINKS,
};

/// How often, and when last, microseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// How often.
    pub count: u64,
    /// When last; nothing if never.
    pub last: Option<i64>,
}

/// What became of an alert.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fates {
    /// How far it is handled.
    pub state: AlertState,
    /// The number of the exception that covered it.
    pub excepted_by: Option<u64>,
    /// Findings that were counted on it.
    pub repeats: Counted,
    /// What was done about it, the oldest first.
    pub acts: Vec<Act>,
    /// Sinks that have it, with when they took it.
    pub delivered: Vec<(String, i64)>,
    /// Sinks that are still owed it.
    pub pending: Vec<String>,
    /// Sinks at which it is a dead letter: when it died, and why.
    pub dead: Vec<(String, i64, String)>,
}

/// Why no alert is meant.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindError {
    /// None has this number, or an id that begins so.
    #[error("no alert {0:?}")]
    Unknown(String),
    /// Ids of several begin so.
    #[error("alert {name:?}: {first} and {second} begin so; say more of the id")]
    Ambiguous {
        /// What was said.
        name: String,
        /// One of them.
        first: String,
        /// Another.
        second: String,
    },
    /// The store cannot be read.
    #[error("store: {0}")]
    Read(#[from] ReadError),
}

impl From<redb::StorageError> for FindError {
    fn from(error: redb::StorageError) -> Self {
        FindError::Read(error.into())
    }
}

impl From<redb::TableError> for FindError {
    fn from(error: redb::TableError) -> Self {
        FindError::Read(error.into())
    }
}

impl Store {
    /// The number of the alert of this number, else of the one whose id begins so.
    ///
    /// # Errors
    /// If there is none, there are several, or the storage fails.
    pub fn find_alert(&self, name: &str) -> Result<u64, FindError> {
        let read = self.begin()?;
        if let Ok(number) = name.parse::<u64>()
            && read.open_table(ALERTS)?.get(number)?.is_some()
        {
            return Ok(number);
        }
        let ids = read.open_table(ALERT_IDS)?;
        let mut alike = ids.range::<&str>((Bound::Included(name), Bound::Unbounded))?;
        let mut next = || -> Result<Option<(String, u64)>, FindError> {
            let found = alike.next().transpose()?;
            let found = found.map(|(id, number)| (id.value().to_owned(), number.value()));
            Ok(found.filter(|(id, _)| id.starts_with(name)))
        };
        let unknown = || FindError::Unknown(name.to_owned());
        let (first, number) = next()?.filter(|_| !name.is_empty()).ok_or_else(unknown)?;
        // The whole id of one may be how another begins.
        match next()?.filter(|_| first != name) {
            None => Ok(number),
            Some((second, _)) => Err(FindError::Ambiguous { name: name.to_owned(), first, second }),
        }
    }

    /// One alert.
    ///
    /// # Errors
    /// If it is not there or damaged, or the storage fails.
    pub fn alert(&self, number: u64) -> Result<Alert, ReadError> {
        read_alert(&self.begin()?.open_table(ALERTS)?, number)
    }

    /// The newest `limit` alerts that are at least this severe and handled so far, oldest first: each
    /// with its number, its state, and how many findings were counted on it.
    ///
    /// # Errors
    /// If the storage fails, or an alert is damaged.
    pub fn handled(
        &self,
        wanted: Option<AlertState>,
        at_least: Severity,
        limit: usize,
    ) -> Result<Vec<(u64, Alert, AlertState, u64)>, ReadError> {
        let read = self.begin()?;
        let (alerts, handled) = (read.open_table(ALERTS)?, read.open_table(HANDLED)?);
        let repeats = read.open_table(REPEATS)?;
        let mut found = Vec::new();
        for entry in alerts.iter()?.rev() {
            if found.len() >= limit {
                break;
            }
            let (number, json) = entry?;
            let number = number.value();
            let known = handled.get(number)?.map_or(AlertState::Open, |row| state(row.value().0));
            if wanted.is_some_and(|wanted| wanted != known) {
                continue;
            }
            let alert: Alert = parse_alert(number, json.value())?;
            if alert.severity >= at_least {
                let repeated = repeats.get(number)?.map_or(0, |row| row.value().0);
                found.push((number, alert, known, repeated));
            }
        }
        found.reverse();
        Ok(found)
    }

    /// What became of an alert.
    ///
    /// # Errors
    /// If the storage fails, or an act is damaged.
    pub fn fates(&self, alert: u64) -> Result<Fates, ReadError> {
        let read = self.begin()?;
        let handled = read.open_table(HANDLED)?.get(alert)?.map(|row| row.value());
        let (code, exception) = handled.unwrap_or((0, 0));
        let mut fates = Fates {
            state: state(code),
            excepted_by: (exception > 0).then_some(exception),
            repeats: counted(&read.open_table(REPEATS)?, alert)?,
            acts: acts(&read, alert)?,
            ..Fates::default()
        };
        for row in read.open_table(DELIVERED)?.range((alert, "")..(alert + 1, ""))? {
            let (key, at) = row?;
            fates.delivered.push((key.value().1.to_owned(), at.value()));
        }
        let (outbox, dead) = (read.open_table(OUTBOX)?, read.open_table(DEAD_LETTERS)?);
        for row in read.open_table(SINKS)?.iter()? {
            let sink = row?.0.value().to_owned();
            if outbox.get((sink.as_str(), alert))?.is_some() {
                fates.pending.push(sink);
            } else if let Some(letter) = dead.get((sink.as_str(), alert))? {
                let (_, died, _, why) = letter.value();
                fates.dead.push((sink, died, why.to_owned()));
            }
        }
        Ok(fates)
    }

    /// Every exception with how often it hit, by number.
    ///
    /// # Errors
    /// If the storage fails, or one is damaged.
    pub fn exceptions(&self) -> Result<Vec<(Exception, Counted)>, ReadError> {
        let read = self.begin()?;
        let hits = read.open_table(HITS)?;
        let mut found = Vec::new();
        for row in read.open_table(EXCEPTIONS)?.iter()? {
            let (number, json) = row?;
            let exception = parse("exception", number.value(), json.value())?;
            found.push((exception, counted(&hits, number.value())?));
        }
        Ok(found)
    }

    /// The number of the last exception that ever was.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn last_exception(&self) -> Result<u64, ReadError> {
        let meta: ReadOnlyTable<&str, u64> = self.begin()?.open_table(META)?;
        Ok(meta.get(META_EXCEPTIONS)?.map_or(0, |number| number.value()))
    }

    /// The newest alerts that an exception covered, at most `limit`, oldest first.
    ///
    /// # Errors
    /// If the storage fails, or an alert is damaged.
    pub fn excepted(&self, exception: u64, limit: usize) -> Result<Vec<(u64, Alert)>, ReadError> {
        let read = self.begin()?;
        let (excepted, alerts) = (read.open_table(EXCEPTED)?, read.open_table(ALERTS)?);
        let mut found = Vec::new();
        for row in excepted.range((exception, 0)..=(exception, u64::MAX))?.rev().take(limit) {
            let number = row?.0.value().1;
            found.push((number, read_alert(&alerts, number)?));
        }
        found.reverse();
        Ok(found)
    }

    /// Every rule that is disabled, with the act that did it, by id.
    ///
    /// # Errors
    /// If the storage fails, or an act is damaged.
    pub fn disabled_rules(&self) -> Result<Vec<(String, Act)>, ReadError> {
        let table = self.begin()?.open_table(DISABLED)?;
        let rows = table.iter()?.enumerate().map(|(row, entry)| {
            let (rule, json) = entry?;
            Ok((rule.value().to_owned(), parse("disabled rule", row as u64 + 1, json.value())?))
        });
        rows.collect()
    }
}

fn acts(read: &ReadTransaction, alert: u64) -> Result<Vec<Act>, ReadError> {
    let table = read.open_table(ACTS)?;
    let mut acts = Vec::new();
    for row in read.open_table(ALERT_ACTS)?.range((alert, 0)..=(alert, u64::MAX))? {
        let number = row?.0.value().1;
        if let Some(json) = table.get(number)? {
            acts.push(parse("act", number, json.value())?);
        }
    }
    Ok(acts)
}

fn counted(table: &ReadOnlyTable<u64, (u64, i64)>, key: u64) -> Result<Counted, ReadError> {
    let row = table.get(key)?.map(|row| row.value());
    Ok(row.map_or_else(Counted::default, |(count, last)| Counted { count, last: Some(last) }))
}

fn read_alert(alerts: &ReadOnlyTable<u64, &[u8]>, number: u64) -> Result<Alert, ReadError> {
    let json = alerts.get(number)?.ok_or(ReadError::NoAlert(number))?;
    parse_alert(number, json.value())
}

fn parse_alert(number: u64, json: &[u8]) -> Result<Alert, ReadError> {
    serde_json::from_slice(json).map_err(|cause| ReadError::Alert { number, cause })
}

fn parse<T: DeserializeOwned>(
    what: &'static str,
    number: u64,
    json: &[u8],
) -> Result<T, ReadError> {
    serde_json::from_slice(json).map_err(|cause| ReadError::Row { what, number, cause })
}
