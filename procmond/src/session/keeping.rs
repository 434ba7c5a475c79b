//! What runs beside the conversation with the agent: the journal and the publisher.

use std::time::Duration;

use daemoneye_bus::control::Registration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::journal::{Journal, Note};
use crate::outbox::Inbox;
use crate::publish::Publisher;
use crate::sensor::Sensor;

/// Batches that are read from disk before the agent has taken those before them.
const WINDOW: usize = 8;

/// What writes and what sends.
pub(super) struct Keeping {
    journal: JoinHandle<u64>,
    publisher: JoinHandle<()>,
    is_broken: bool,
}

impl Keeping {
    /// Done if the journal ends before anybody has asked it to: by a panic. Without it nothing that
    /// is seen goes anywhere.
    pub(super) async fn broken(&mut self) {
        let _panic_is_logged = (&mut self.journal).await;
        self.is_broken = true;
    }
}

pub(super) fn keep(
    mut journal: Journal,
    publisher: Publisher,
    inbox: Inbox,
    acts: mpsc::Receiver<Note>,
    registration: &Registration,
) -> Keeping {
    let Registration { version, pid, source, capabilities, .. } = registration;
    let boot = crate::clock::Boot::read().map(|boot| format!("{:016x}", boot.id));
    let boot = boot.unwrap_or_else(|_| "unknown".to_owned());
    let sees = capabilities.join(", ");
    let start = format!("version={version} pid={pid} boot={boot} source={source} sees={sees}");
    journal.note("start", start);
    let (outgoing, batches) = mpsc::channel(WINDOW);
    let (settled, acknowledged) = mpsc::unbounded_channel();
    let journal = tokio::spawn(journal.run(inbox, outgoing, acknowledged, acts));
    let publisher = tokio::spawn(publisher.run(batches, settled));
    Keeping { journal, publisher, is_broken: false }
}

/// Looks no more, publishes what the agent takes in this time, and leaves the rest on disk.
pub(super) async fn finish(sensor: Sensor, keeping: Keeping, farewell: Duration) {
    let Keeping { mut journal, publisher, is_broken } = keeping;
    let _panic_is_logged = tokio::task::spawn_blocking(move || sensor.stop()).await;
    if is_broken {
        return;
    }
    let ended = match tokio::time::timeout(farewell, &mut journal).await {
        Ok(ended) => ended,
        Err(_) => {
            publisher.abort();
            journal.await
        }
    };
    match ended {
        Ok(0) => {}
        Ok(left) => tracing::warn!(left, "batches are kept that no agent has acknowledged"),
        Err(error) => tracing::error!("journal: {error}"),
    }
}
