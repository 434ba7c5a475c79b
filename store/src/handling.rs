//! What operators did about alerts, exceptions and rules, and what findings were counted on either.

mod read;

use daemoneye_bus::alert::Alert;
use daemoneye_bus::handling::{Act, AlertState, Exception};
use redb::{ReadableTable, Table, WriteTransaction};

use crate::tables::{
    ACTS, ALERT_ACTS, ALERT_IDS, DELIVERED, DISABLED, EXCEPTED, EXCEPTIONS, HANDLED, HITS,
    META_EXCEPTIONS, REPEATS,
};

pub use read::{Counted, Fates, FindError};

/// An alert that an exception covers.
#[derive(Debug, Clone, PartialEq)]
pub struct Excepted {
    /// The alert.
    pub alert: Alert,
    /// The number of the exception.
    pub exception: u64,
}

/// Findings that were counted on something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally<K> {
    /// On what.
    pub of: K,
    /// How many, besides those from before.
    pub count: u64,
    /// When the last of them came, microseconds since the Unix epoch.
    pub last: i64,
}

/// Something that an operator did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAct {
    /// Who, when and why.
    pub act: Act,
    /// What it changes.
    pub change: Change,
}

/// What an act changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The state of an alert.
    Alert {
        /// Its number.
        number: u64,
        /// The state that it must have.
        from: AlertState,
        /// The state that it has then.
        to: AlertState,
    },
    /// There is an exception more. Its number must be greater than any before.
    Except(Exception),
    /// There is an exception less; it must be there. The alerts that it covered stay as they are.
    Unexcept(u64),
    /// A rule is disabled; it must not be so already.
    Disable(String),
    /// A rule is enabled; it must be disabled.
    Enable(String),
}

/// Writes the act and what it changes, unless things are not as it expects.
pub(crate) fn act(
    transaction: &WriteTransaction,
    meta: &mut Table<&str, u64>,
    NewAct { act, change }: &NewAct,
) -> Result<bool, redb::Error> {
    if !apply(transaction, meta, act, change)? {
        return Ok(false);
    }
    let mut acts = transaction.open_table(ACTS)?;
    let number = acts.last()?.map_or(1, |(last, _)| last.value() + 1);
    acts.insert(number, json(act).as_slice())?;
    if let Change::Alert { number: alert, .. } = change {
        transaction.open_table(ALERT_ACTS)?.insert((*alert, number), ())?;
    }
    Ok(true)
}

fn apply(
    transaction: &WriteTransaction,
    meta: &mut Table<&str, u64>,
    act: &Act,
    change: &Change,
) -> Result<bool, redb::Error> {
    match change {
        Change::Alert { number, from, to } => {
            let mut handled = transaction.open_table(HANDLED)?;
            let (state, exception) = handled.get(number)?.map_or((0, 0), |row| row.value());
            let as_expected = state == code(*from);
            if as_expected {
                handled.insert(number, (code(*to), exception))?;
            }
            Ok(as_expected)
        }
        Change::Except(exception) => {
            let last = meta.get(META_EXCEPTIONS)?.map_or(0, |last| last.value());
            if exception.number <= last {
                return Ok(false);
            }
            meta.insert(META_EXCEPTIONS, exception.number)?;
            let mut exceptions = transaction.open_table(EXCEPTIONS)?;
            exceptions.insert(exception.number, json(exception).as_slice())?;
            Ok(true)
        }
        Change::Unexcept(number) => {
            transaction.open_table(HITS)?.remove(number)?;
            let mut excepted = transaction.open_table(EXCEPTED)?;
            excepted.retain_in((*number, 0)..=(*number, u64::MAX), |_, ()| false)?;
            Ok(transaction.open_table(EXCEPTIONS)?.remove(number)?.is_some())
        }
        Change::Disable(rule) => {
            let mut disabled = transaction.open_table(DISABLED)?;
            let is_on = disabled.get(rule.as_str())?.is_none();
            if is_on {
                disabled.insert(rule.as_str(), json(act).as_slice())?;
            }
            Ok(is_on)
        }
        Change::Enable(rule) => {
            Ok(transaction.open_table(DISABLED)?.remove(rule.as_str())?.is_some())
        }
    }
}

/// The alert is excepted.
pub(crate) fn except(
    transaction: &WriteTransaction,
    alert: u64,
    exception: u64,
) -> Result<(), redb::Error> {
    let state = (code(AlertState::Excepted), exception);
    transaction.open_table(HANDLED)?.insert(alert, state)?;
    transaction.open_table(EXCEPTED)?.insert((exception, alert), ())?;
    Ok(())
}

/// Counts findings. What they are counted on may be gone by now, and then they are, too.
pub(crate) fn count(
    transaction: &WriteTransaction,
    repeats: &[Tally<String>],
    hits: &[Tally<u64>],
) -> Result<(), redb::Error> {
    if !repeats.is_empty() {
        let ids = transaction.open_table(ALERT_IDS)?;
        let mut table = transaction.open_table(REPEATS)?;
        for Tally { of, count, last } in repeats {
            let alert = ids.get(of.as_str())?.map(|number| number.value());
            alert.map_or(Ok(()), |alert| add(&mut table, alert, *count, *last))?;
        }
    }
    if !hits.is_empty() {
        let exceptions = transaction.open_table(EXCEPTIONS)?;
        let mut table = transaction.open_table(HITS)?;
        for Tally { of, count, last } in hits {
            if exceptions.get(of)?.is_some() {
                add(&mut table, *of, *count, *last)?;
            }
        }
    }
    Ok(())
}

fn add(
    table: &mut Table<u64, (u64, i64)>,
    key: u64,
    count: u64,
    last: i64,
) -> Result<(), redb::Error> {
    let (before, known) = table.get(key)?.map_or((0, i64::MIN), |row| row.value());
    table.insert(key, (before.saturating_add(count), known.max(last)))?;
    Ok(())
}

/// Forgets what is known of an alert that goes. Acts stay.
pub(crate) fn forget(transaction: &WriteTransaction, alert: u64) -> Result<(), redb::Error> {
    let handled = transaction.open_table(HANDLED)?.remove(alert)?.map(|row| row.value());
    if let Some((_, exception)) = handled.filter(|(_, exception)| *exception > 0) {
        transaction.open_table(EXCEPTED)?.remove((exception, alert))?;
    }
    transaction.open_table(REPEATS)?.remove(alert)?;
    let mut acts = transaction.open_table(ALERT_ACTS)?;
    acts.retain_in((alert, 0)..=(alert, u64::MAX), |_, ()| false)?;
    let mut delivered = transaction.open_table(DELIVERED)?;
    Ok(delivered.retain_in((alert, "")..(alert + 1, ""), |_, _| false)?)
}

/// As it stands in the table.
fn code(state: AlertState) -> u8 {
    match state {
        AlertState::Open => 0,
        AlertState::Acknowledged => 1,
        AlertState::Closed => 2,
        AlertState::Excepted => 3,
    }
}

/// What stands in the table; what no version has written is open, for somebody to look at.
fn state(code: u8) -> AlertState {
    let known = AlertState::ALL.into_iter().find(|state| self::code(*state) == code);
    known.unwrap_or_default()
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("acts and exceptions have only text keys")
}
