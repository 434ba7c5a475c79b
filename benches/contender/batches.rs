//! Events as the agent has them, cut into batches.

use daemoneye_bus::event::{Batch, Event};
use daemoneye_host::replay::Schema;

use super::ContenderError;
use crate::corpus::Recorded;

/// The events as the agent has them, out of their Sysmon names.
///
/// # Errors
/// If a line is no event.
pub fn events(recorded: &[Recorded]) -> Result<Vec<Event>, ContenderError> {
    let event = |recorded: &Recorded| {
        let event = Schema::Sigma.event(recorded.text.as_bytes());
        let event = event.map_err(|cause| ContenderError::Event { line: recorded.line, cause })?;
        Ok(event.unwrap_or_default())
    };
    recorded.iter().map(event).collect()
}

/// Events that can be cut into batches again and again.
pub(super) struct Batches {
    events: Vec<Event>,
    rows: usize,
    batches: Vec<Batch>,
}

impl Batches {
    pub(super) fn of(recorded: &[Recorded]) -> Result<Self, ContenderError> {
        Ok(Batches { events: events(recorded)?, rows: 1, batches: Vec::new() })
    }

    /// Cuts so many events a batch, the last with what is left.
    pub(super) fn divide(&mut self, rows: usize) {
        let batch = |events: &[Event]| Batch::from_events(events).expect("chunks are not empty");
        self.batches = self.events.chunks(rows).map(batch).collect();
        self.rows = rows;
    }

    pub(super) fn batch(&self, number: usize) -> &Batch {
        &self.batches[number]
    }

    /// The number of an event by its row in a batch.
    pub(super) fn event(&self, batch: usize, row: usize) -> usize {
        batch * self.rows + row
    }
}
