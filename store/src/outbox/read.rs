//! What sinks are owed, dead letters, and the account of each sink.

use std::ops::Bound;

use daemoneye_bus::alert::Alert;
use redb::{ReadOnlyTable, ReadableTable};

use super::SinkAccount;
use crate::Store;
use crate::read::ReadError;
use crate::tables::{ALERTS, DEAD_LETTERS, OUTBOX, SINKS};

/// One alert that a sink is owed.
#[derive(Debug)]
pub struct Owed {
    /// The alert's number: the older, the smaller.
    pub number: u64,
    /// The alert; or why it cannot be read, and therefore never be delivered.
    pub parcel: Result<Parcel, ReadError>,
}

/// An alert as sinks get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// The alert's id.
    pub id: String,
    /// The alert as one JSON object without line breaks.
    pub json: String,
}

/// An alert that is not offered to a sink any more.
#[derive(Debug)]
pub struct DeadLetter {
    /// The sink.
    pub sink: String,
    /// The alert's number.
    pub number: u64,
    /// When it died, microseconds since the Unix epoch.
    pub died: i64,
    /// How often it was tried.
    pub tries: u32,
    /// Why it is not tried any more.
    pub why: String,
    /// The alert; or why it cannot be read.
    pub alert: Result<Alert, ReadError>,
}

type Alerts = ReadOnlyTable<u64, &'static [u8]>;

impl Store {
    /// The oldest alerts that the sink is owed, with a number above `after`: at most `limit`, and not
    /// many more bytes than `bytes`.
    ///
    /// # Errors
    /// If the storage fails. A damaged alert is an error of its own in the list.
    pub fn owed(
        &self,
        sink: &str,
        after: u64,
        limit: usize,
        bytes: usize,
    ) -> Result<Vec<Owed>, ReadError> {
        let read = self.begin()?;
        let (outbox, alerts) = (read.open_table(OUTBOX)?, read.open_table(ALERTS)?);
        let (mut owed, mut taken) = (Vec::new(), 0);
        let range = (Bound::Excluded((sink, after)), Bound::Included((sink, u64::MAX)));
        for row in outbox.range(range)?.take(limit) {
            let number = row?.0.value().1;
            let parcel = alert(&alerts, number)?.map(parcel);
            taken += parcel.as_ref().map_or(0, |parcel| parcel.json.len());
            owed.push(Owed { number, parcel });
            if taken >= bytes {
                break;
            }
        }
        Ok(owed)
    }

    /// The newest alert that the sink is owed.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn newest_owed(&self, sink: &str) -> Result<Option<Owed>, ReadError> {
        let read = self.begin()?;
        let (outbox, alerts) = (read.open_table(OUTBOX)?, read.open_table(ALERTS)?);
        let newest = outbox.range((sink, 0)..=(sink, u64::MAX))?.next_back().transpose()?;
        let Some((key, _)) = newest else { return Ok(None) };
        let number = key.value().1;
        Ok(Some(Owed { number, parcel: alert(&alerts, number)?.map(parcel) }))
    }

    /// The numbers of the alerts that the sink is owed, the oldest first, at most `limit`.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn owed_numbers(&self, sink: &str, limit: usize) -> Result<Vec<u64>, ReadError> {
        let outbox = self.begin()?.open_table(OUTBOX)?;
        let rows = outbox.range((sink, 0)..=(sink, u64::MAX))?.take(limit);
        rows.map(|row| Ok(row?.0.value().1)).collect()
    }

    /// When the oldest alert that the sink is owed was made, microseconds since the Unix epoch.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn oldest_owed(&self, sink: &str) -> Result<Option<i64>, ReadError> {
        let outbox = self.begin()?.open_table(OUTBOX)?;
        let oldest = outbox.range((sink, 0)..=(sink, u64::MAX))?.next().transpose()?;
        Ok(oldest.map(|(_, since)| since.value()))
    }

    /// Dead letters of one sink or of all, those of a sink by age of the alert, at most `limit`.
    ///
    /// # Errors
    /// If the storage fails. A damaged alert is an error of its own in the list.
    pub fn dead_letters(
        &self,
        sink: Option<&str>,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, ReadError> {
        let read = self.begin()?;
        let (letters, alerts) = (read.open_table(DEAD_LETTERS)?, read.open_table(ALERTS)?);
        let rows = match sink {
            Some(sink) => letters.range((sink, 0)..=(sink, u64::MAX))?,
            None => letters.range::<(&str, u64)>(..)?,
        };
        let mut found = Vec::new();
        for row in rows.take(limit) {
            let (key, value) = row?;
            let ((sink, number), (_, died, tries, why)) = (key.value(), value.value());
            let alert = alert(&alerts, number)?;
            let (sink, why) = (sink.to_owned(), why.to_owned());
            found.push(DeadLetter { sink, number, died, tries, why, alert });
        }
        Ok(found)
    }

    /// The account of every sink that ever was owed anything, by name.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn sinks(&self) -> Result<Vec<(String, SinkAccount)>, ReadError> {
        let table = self.begin()?.open_table(SINKS)?;
        let rows = table.iter()?.map(|row| {
            let (sink, account) = row?;
            Ok((sink.value().to_owned(), SinkAccount::from_row(account.value())))
        });
        rows.collect()
    }
}

/// The outer error is the storage's, the inner one that of this alert alone.
fn alert(alerts: &Alerts, number: u64) -> Result<Result<Alert, ReadError>, ReadError> {
    let Some(json) = alerts.get(number)? else { return Ok(Err(ReadError::NoAlert(number))) };
    let alert = serde_json::from_slice(json.value());
    Ok(alert.map_err(|cause| ReadError::Alert { number, cause }))
}

fn parcel(alert: Alert) -> Parcel {
    let json = serde_json::to_string(&alert).expect("an alert has only text keys");
    Parcel { id: alert.id, json }
}
