//! What waits to be written to one client, and what is expected from it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::handle::{CallError, ClientCounters};
use crate::frame::{FrameError, MAX_FRAME_BYTES, encode};
use crate::message::{Payload, Receipt, RequestId, ServerMessage};
use crate::topic::Topic;

/// Deliveries that wait for one client take no more memory than this.
const QUEUE_BYTES: usize = 2 * MAX_FRAME_BYTES;

type Answer = Result<Payload, String>;

/// One frame that waits.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) frame: Bytes,
    /// Whether it is a delivery, which is counted when it is written.
    delivery: bool,
}

/// One client, as seen by everybody else.
#[derive(Debug)]
pub(super) struct Outlet {
    pub(super) id: u64,
    pub(super) client: String,
    /// The client's user, as the operating system tells it.
    pub(super) uid: Option<u32>,
    queue: mpsc::Sender<Outgoing>,
    queued_bytes: AtomicUsize,
    frames_in: AtomicU64,
    delivered: AtomicU64,
    shed: AtomicU64,
    limited: AtomicU64,
    next_call: AtomicU64,
    /// Calls that the client has not answered; nothing once it is gone.
    calls: Mutex<Option<HashMap<RequestId, oneshot::Sender<Answer>>>>,
}

impl Outlet {
    pub(super) fn new(
        id: u64,
        client: String,
        uid: Option<u32>,
        queue: mpsc::Sender<Outgoing>,
    ) -> Self {
        Outlet {
            id,
            client,
            uid,
            queue,
            queued_bytes: AtomicUsize::new(0),
            frames_in: AtomicU64::new(0),
            delivered: AtomicU64::new(0),
            shed: AtomicU64::new(0),
            limited: AtomicU64::new(0),
            next_call: AtomicU64::new(1),
            calls: Mutex::new(Some(HashMap::new())),
        }
    }

    /// Queues a delivery, or sheds and counts it if the client does not keep up.
    pub(super) fn deliver(&self, frame: Bytes) -> bool {
        let (bytes, outgoing) = (frame.len(), Outgoing { frame, delivery: true });
        let before = self.queued_bytes.fetch_add(bytes, Ordering::Relaxed);
        let queued = before + bytes <= QUEUE_BYTES && self.queue.try_send(outgoing).is_ok();
        if !queued {
            self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
            self.shed.fetch_add(1, Ordering::Relaxed);
        }
        queued
    }

    /// Queues an answer or a call, and waits for room. `false` if the client is gone.
    pub(super) async fn send(&self, frame: Vec<u8>) -> bool {
        let bytes = frame.len();
        self.queued_bytes.fetch_add(bytes, Ordering::Relaxed);
        let outgoing = Outgoing { frame: frame.into(), delivery: false };
        let queued = self.queue.send(outgoing).await.is_ok();
        if !queued {
            self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        queued
    }

    /// Queues an answer. One that does not fit into a frame is replaced by the reason.
    pub(super) async fn tell(&self, answer: ServerMessage) {
        match encode(&answer).or_else(|error| encode(&excuse(answer, &error))) {
            Ok(frame) => {
                self.send(frame).await;
            }
            Err(error) => tracing::error!(client = self.client, %error, "answer not written"),
        }
    }

    /// A frame came in.
    pub(super) fn count_in(&self) {
        self.frames_in.fetch_add(1, Ordering::Relaxed);
    }

    /// A message came that was over the client's rate.
    pub(super) fn count_limited(&self) {
        self.limited.fetch_add(1, Ordering::Relaxed);
    }

    /// A frame went out.
    pub(super) fn count_out(&self, outgoing: &Outgoing) {
        self.queued_bytes.fetch_sub(outgoing.frame.len(), Ordering::Relaxed);
        self.delivered.fetch_add(u64::from(outgoing.delivery), Ordering::Relaxed);
    }

    pub(super) fn counters(&self) -> ClientCounters {
        ClientCounters {
            client: self.client.clone(),
            frames_in: self.frames_in.load(Ordering::Relaxed),
            delivered: self.delivered.load(Ordering::Relaxed),
            shed: self.shed.load(Ordering::Relaxed),
            limited: self.limited.load(Ordering::Relaxed),
        }
    }

    /// Asks the client; the caller sets the time limit.
    pub(super) async fn ask(&self, topic: &Topic, payload: Payload) -> Result<Payload, CallError> {
        let gone = || CallError::Gone { topic: topic.to_string() };
        let id = self.next_call.fetch_add(1, Ordering::Relaxed);
        let call = ServerMessage::Call { id, topic: topic.to_string(), payload };
        let frame = encode(&call).map_err(CallError::Frame)?;
        let (sender, answer) = oneshot::channel();
        self.calls().as_mut().ok_or_else(gone)?.insert(id, sender);
        let _forget = Forget { outlet: self, id };
        if !self.send(frame).await {
            return Err(gone());
        }
        answer.await.map_err(|_| gone())?.map_err(CallError::Answered)
    }

    /// The client answers. An answer that nobody waits for any more came too late.
    pub(super) fn answer(&self, id: RequestId, result: Answer) {
        let waiting = self.calls().as_mut().and_then(|calls| calls.remove(&id));
        if let Some(waiting) = waiting {
            let _ = waiting.send(result);
        }
    }

    /// The client is gone and answers no more.
    pub(super) fn close(&self) {
        self.calls().take();
    }

    fn calls(&self) -> MutexGuard<'_, Option<HashMap<RequestId, oneshot::Sender<Answer>>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn excuse(answer: ServerMessage, error: &FrameError) -> ServerMessage {
    let reason = error.to_string();
    match answer {
        ServerMessage::Reply { id, .. } => ServerMessage::Reply { id, result: Err(reason) },
        ServerMessage::Receipt { id, .. } => {
            ServerMessage::Receipt { id, receipt: Receipt::Refused(reason) }
        }
        other => other,
    }
}

/// A caller that stops waiting leaves no entry behind.
struct Forget<'a> {
    outlet: &'a Outlet,
    id: RequestId,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.outlet.calls().as_mut().and_then(|calls| calls.remove(&self.id));
    }
}
