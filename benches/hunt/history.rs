//! A month of a busy server's events, always the same.

use std::path::Path;

use anyhow::Result;
use daemoneye_benches::event;
use daemoneye_bus::event::{Batch, Event, Field, MAX_ROWS};
use daemoneye_bus::message::SourceBatch;
use daemoneye_store::{Commit, Store};

/// Between two events, microseconds: ten million take thirty days.
const STEP: usize = 259_200;
/// Of the first event, microseconds since the Unix epoch.
const FIRST: i64 = 1_790_000_000_000_000;
const HOUR: i64 = 3_600_000_000;
/// Batches in one transaction.
const AT_ONCE: usize = 64;

/// The n-th event.
pub(crate) fn at(number: usize) -> Event {
    event(number).with(Field::Time, time(number))
}

fn time(number: usize) -> i64 {
    FIRST + i64::try_from(number * STEP).expect("fewer events than microseconds")
}

/// An hour in the middle.
pub(crate) fn hour(events: usize) -> (i64, i64) {
    let since = time(events / 2);
    (since, since + HOUR)
}

/// Writes so many events into a new store.
pub(crate) fn seed(path: &Path, events: usize) -> Result<()> {
    let store = Store::open(path)?;
    let numbers: Vec<usize> = (0..events).step_by(MAX_ROWS).collect();
    for some in numbers.chunks(AT_ONCE) {
        let batch = |first: &usize| {
            let rows: Vec<Event> = (*first..events.min(first + MAX_ROWS)).map(at).collect();
            let batch = Batch::from_events(&rows).expect("at least one event");
            let number = (first / MAX_ROWS + 1) as u64;
            SourceBatch { source: "history:1".to_owned(), number, lost: 0, batch }
        };
        let batches: Vec<SourceBatch> = some.iter().map(batch).collect();
        store.commit(&Commit { batches, ..Commit::default() })?;
    }
    Ok(())
}
