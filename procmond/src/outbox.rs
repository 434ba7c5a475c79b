//! Events that wait to be taken. Bounded in number and in bytes: whoever puts never waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use daemoneye_bus::event::{Event, Kind, Value};
use tokio::sync::mpsc;

/// Events that may wait: about a quarter of a minute of a very busy machine.
pub const MAX_EVENTS: usize = 16_384;
/// Bytes of text that may wait.
pub const MAX_BYTES: usize = 64 << 20;
/// Of either, what modifies and snapshots may fill, in percent: the rest is for starts, execs and
/// stops, which no later sweep can make good.
const MINOR_PERCENT: usize = 50;

/// Where events are put. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbox {
    events: mpsc::Sender<Event>,
    bytes: Arc<AtomicUsize>,
}

/// Where they are taken.
#[derive(Debug)]
pub struct Inbox {
    events: mpsc::Receiver<Event>,
    bytes: Arc<AtomicUsize>,
}

/// The two ends of a queue.
pub fn outbox() -> (Outbox, Inbox) {
    let (sender, receiver) = mpsc::channel(MAX_EVENTS);
    let bytes = Arc::new(AtomicUsize::new(0));
    (Outbox { events: sender, bytes: bytes.clone() }, Inbox { events: receiver, bytes })
}

impl Outbox {
    /// Puts an event, if there is room for it. Never waits.
    #[must_use]
    pub fn put(&self, event: Event) -> bool {
        let percent = if is_minor(&event) { MINOR_PERCENT } else { 100 };
        let waiting = MAX_EVENTS - self.events.capacity();
        let held = self.bytes.load(Ordering::Relaxed);
        if waiting >= MAX_EVENTS * percent / 100 || held >= MAX_BYTES * percent / 100 {
            return false;
        }
        let bytes = text_bytes(&event);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let is_put = self.events.try_send(event).is_ok();
        if !is_put {
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        is_put
    }
}

impl Inbox {
    /// Waits for at least one event and takes at most `most`. Nothing when no more will come.
    pub async fn take(&mut self, taken: &mut Vec<Event>, most: usize) {
        let first = taken.len();
        self.events.recv_many(taken, most).await;
        self.release(&taken[first..]);
    }

    /// Takes at most `most` of what is there.
    pub fn take_waiting(&mut self, taken: &mut Vec<Event>, most: usize) {
        let first = taken.len();
        taken.extend(std::iter::from_fn(|| self.events.try_recv().ok()).take(most));
        self.release(&taken[first..]);
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    fn release(&self, taken: &[Event]) {
        self.bytes.fetch_sub(taken.iter().map(text_bytes).sum(), Ordering::Relaxed);
    }
}

/// Whether a later sweep makes good for its loss: the first to be shed.
pub fn is_minor(event: &Event) -> bool {
    let kind = event.text(daemoneye_bus::event::Field::Kind);
    [Kind::Modify, Kind::Snapshot].iter().any(|minor| Some(minor.name()) == kind)
}

fn text_bytes(event: &Event) -> usize {
    let length = |value: &Value| if let Value::Text(text) = value { text.len() } else { 0 };
    event.values().map(|(_, value)| length(value)).sum()
}

#[cfg(test)]
mod tests {
    use daemoneye_bus::event::Field;

    use super::*;

    fn fill(outbox: &Outbox, event: &Event) -> usize {
        std::iter::repeat_with(|| outbox.put(event.clone())).take_while(|is_put| *is_put).count()
    }

    #[test]
    fn modifies_leave_room_for_starts_and_starts_fill_it() {
        let (outbox, inbox) = outbox();
        assert_eq!(fill(&outbox, &Event::new(Kind::Modify, 1)), MAX_EVENTS / 2);
        assert_eq!(fill(&outbox, &Event::new(Kind::Start, 1)), MAX_EVENTS / 2);
        assert_eq!(inbox.len(), MAX_EVENTS);
    }

    #[tokio::test]
    async fn long_texts_fill_it_sooner_and_what_is_taken_makes_room() {
        let (outbox, mut inbox) = outbox();
        let long = Event::new(Kind::Start, 1).with(Field::CommandLine, "x".repeat(1 << 20));
        let put = fill(&outbox, &long);
        assert!((60..=64).contains(&put), "{put}");
        let mut taken = Vec::new();
        inbox.take(&mut taken, 10).await;
        inbox.take_waiting(&mut taken, 10);
        assert_eq!(taken.len(), 20);
        assert_eq!(fill(&outbox, &long), 20);
    }
}
