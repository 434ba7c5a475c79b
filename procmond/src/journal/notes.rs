//! Acts on their way into the ledger: whoever tells of one is told when it is written.

use std::time::Duration;

use daemoneye_bus::control::Denial;
use tokio::sync::{mpsc, oneshot};

/// Acts that may wait.
const QUEUE: usize = 64;
/// How long the journal may be busy with the disk.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where acts are told. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Notes(mpsc::Sender<Note>);

/// An act that is to be written.
#[derive(Debug)]
pub struct Note {
    pub(super) act: String,
    pub(super) detail: String,
    pub(super) written: oneshot::Sender<bool>,
}

/// The two ends of a queue.
pub fn notes() -> (Notes, mpsc::Receiver<Note>) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    (Notes(sender), receiver)
}

impl Notes {
    /// Returns when the act is in the ledger.
    ///
    /// # Errors
    /// [`Denial::Unrecorded`]. Then it may still come to be written, if the disk was only slow.
    pub async fn write(&self, act: &str, detail: String) -> Result<(), Denial> {
        let denied = |cause: &str| Err(Denial::Unrecorded { cause: cause.to_owned() });
        let (written, is_written) = oneshot::channel();
        let note = Note { act: act.to_owned(), detail, written };
        if self.0.try_send(note).is_err() {
            return denied("too many wait, or the sensor is ending");
        }
        match tokio::time::timeout(PATIENCE, is_written).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => denied("its disk is full or fails"),
            Ok(Err(_)) => denied("the sensor is ending"),
            Err(_) => denied("its disk is slow"),
        }
    }
}
