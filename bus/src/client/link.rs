//! The connection's task, and who waits for which answer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};

use super::ClientError;
use super::inbox::{Inboxes, Incoming};
use crate::frame::{FrameError, FrameReader, FrameWriter};
use crate::message::{Payload, Receipt, RequestId, ServerMessage};
use crate::socket::{ReadSide, WriteSide};

/// Frames that wait to be written; whoever has one more waits.
const OUTGOING: usize = 32;

/// Who waits for an answer.
#[derive(Debug)]
pub(super) enum Waiter {
    Receipt(oneshot::Sender<Receipt>),
    Reply(oneshot::Sender<Result<Payload, String>>),
}

/// What everything that uses a connection holds; the connection ends when nobody does.
#[derive(Debug)]
pub(super) struct Link {
    frames: mpsc::Sender<Vec<u8>>,
    next: AtomicU64,
    shared: Arc<Shared>,
    ended: watch::Receiver<Option<End>>,
}

/// That a connection has ended, and why if that is known.
type End = Option<String>;

/// What the task of the connection holds, too.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    ended: bool,
    waiters: HashMap<RequestId, Waiter>,
    inboxes: Inboxes,
}

impl Link {
    pub(super) fn start(
        reader: FrameReader<ReadSide>,
        writer: FrameWriter<WriteSide>,
    ) -> Arc<Self> {
        let (frames, waiting) = mpsc::channel(OUTGOING);
        let (end, ended) = watch::channel(None);
        let shared = Arc::<Shared>::default();
        let replies = frames.downgrade();
        let task = Arc::clone(&shared);
        tokio::spawn(async move {
            let reason = tokio::select! {
                reason = read(reader, &task, &replies) => reason,
                reason = write(writer, waiting) => reason,
            };
            task.end();
            end.send_replace(Some(reason));
        });
        Arc::new(Link { frames, next: AtomicU64::new(1), shared, ended })
    }

    pub(super) fn next_id(&self) -> RequestId {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Nobody waits for the answer to this request any more.
    pub(super) fn forget(&self, id: RequestId) {
        self.shared.state().waiters.remove(&id);
    }

    /// From now on somebody waits for the answer to a request.
    pub(super) fn expect(&self, id: RequestId, waiter: Waiter) -> Result<(), ClientError> {
        let mut state = self.shared.state();
        if state.ended {
            return Err(ClientError::Closed);
        }
        state.waiters.insert(id, waiter);
        Ok(())
    }

    pub(super) async fn send(&self, frame: Vec<u8>) -> Result<(), ClientError> {
        self.frames.send(frame).await.map_err(|_| ClientError::Closed)
    }

    pub(super) fn inboxes<T>(&self, change: impl FnOnce(&mut Inboxes) -> T) -> T {
        change(&mut self.shared.state().inboxes)
    }

    pub(super) async fn closed(&self) -> End {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(end) => end.clone().flatten(),
            Err(_) => None,
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody waits for anything any more.
    fn end(&self) {
        *self.state() = State { ended: true, ..State::default() };
    }

    fn receipt(&self, id: RequestId, receipt: Receipt) {
        if let Some(Waiter::Receipt(waiter)) = self.state().waiters.remove(&id) {
            let _ = waiter.send(receipt);
        }
    }

    fn reply(&self, id: RequestId, result: Result<Payload, String>) {
        if let Some(Waiter::Reply(waiter)) = self.state().waiters.remove(&id) {
            let _ = waiter.send(result);
        }
    }
}

/// Reads until the connection ends; returns why, if there is more to say than that.
async fn read(
    mut reader: FrameReader<ReadSide>,
    shared: &Shared,
    replies: &mpsc::WeakSender<Vec<u8>>,
) -> End {
    loop {
        match reader.next().await {
            Ok(Some(ServerMessage::Receipt { id, receipt })) => shared.receipt(id, receipt),
            Ok(Some(ServerMessage::Reply { id, result })) => shared.reply(id, result),
            Ok(Some(ServerMessage::Deliver { topic, payload })) => {
                shared.state().inboxes.deliver(&topic, &payload);
            }
            Ok(Some(ServerMessage::Call { id, topic, payload })) => {
                if let Some(frames) = replies.upgrade() {
                    shared.state().inboxes.call(&topic, Incoming::new(id, payload, frames));
                }
            }
            Ok(Some(ServerMessage::Refused { reason })) => return Some(reason),
            Ok(Some(ServerMessage::Welcome { .. })) => return Some("welcome after welcome".into()),
            Ok(None) => return None,
            Err(error) => return Some(error.to_string()),
        }
    }
}

/// Writes what waits, flushing whenever nothing does, until nobody can send any more.
async fn write(mut writer: FrameWriter<WriteSide>, mut waiting: mpsc::Receiver<Vec<u8>>) -> End {
    let outcome: Result<(), FrameError> = async {
        while let Some(frame) = waiting.recv().await {
            writer.write(&frame).await?;
            if waiting.is_empty() {
                writer.flush().await?;
            }
        }
        Ok(())
    }
    .await;
    outcome.err().map(|error| error.to_string())
}
