//! What comes in: subscriptions and services.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc::{self, error::TrySendError};

use super::ClientError;
use super::link::Link;
use crate::frame::encode;
use crate::message::{ClientMessage, Payload, RequestId};
use crate::topic::{Pattern, Topic};

/// Deliveries and calls that wait for whoever uses the client.
const WAITING: usize = 256;

/// What is published on the topics of one pattern.
#[derive(Debug)]
pub struct Subscription {
    deliveries: mpsc::Receiver<(String, Payload)>,
    missed: Arc<AtomicU64>,
    _link: Arc<Link>,
}

impl Subscription {
    /// The next topic and payload, or nothing once the connection has ended.
    pub async fn next(&mut self) -> Option<(String, Payload)> {
        self.deliveries.recv().await
    }

    /// How many deliveries were dropped because 256 waited here already. What the broker sheds is
    /// in the broker's counters.
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }
}

/// Calls to one topic.
#[derive(Debug)]
pub struct Service {
    calls: mpsc::Receiver<Incoming>,
    _link: Arc<Link>,
}

impl Service {
    /// The next call, or nothing once the connection has ended.
    pub async fn next(&mut self) -> Option<Incoming> {
        self.calls.recv().await
    }
}

/// One call. A caller whose call is dropped is told that it was not answered.
#[derive(Debug)]
pub struct Incoming {
    id: RequestId,
    payload: Payload,
    /// Nothing once it is answered.
    frames: Option<mpsc::Sender<Vec<u8>>>,
}

impl Incoming {
    pub(super) fn new(id: RequestId, payload: Payload, frames: mpsc::Sender<Vec<u8>>) -> Self {
        Incoming { id, payload, frames: Some(frames) }
    }

    /// The question.
    pub fn payload(&self) -> &Payload {
        &self.payload
    }

    /// Answers.
    ///
    /// # Errors
    /// If the connection has ended, or the answer does not fit into a frame; then the caller is
    /// told so.
    pub async fn reply(mut self, result: Result<Payload, String>) -> Result<(), ClientError> {
        let frame = match encode(&ClientMessage::Reply { id: self.id, result }) {
            Ok(frame) => frame,
            Err(error) => {
                self.excuse(&error.to_string());
                return Err(error.into());
            }
        };
        let frames = self.frames.take().ok_or(ClientError::Closed)?;
        frames.send(frame).await.map_err(|_| ClientError::Closed)
    }

    /// Answers without waiting for room; a caller that misses it has a time limit.
    fn excuse(&mut self, reason: &str) {
        let Some(frames) = self.frames.take() else { return };
        let reply = ClientMessage::Reply { id: self.id, result: Err(reason.to_owned()) };
        if let Ok(frame) = encode(&reply) {
            let _ = frames.try_send(frame);
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        self.excuse("the call was not answered");
    }
}

/// Where the task of the connection puts what comes in.
#[derive(Debug, Default)]
pub(super) struct Inboxes {
    subscriptions: Vec<Inbox>,
    services: HashMap<String, mpsc::Sender<Incoming>>,
}

#[derive(Debug)]
struct Inbox {
    pattern: Pattern,
    queue: mpsc::Sender<(String, Payload)>,
    missed: Arc<AtomicU64>,
}

impl Inboxes {
    pub(super) fn deliver(&mut self, topic: &str, payload: &Payload) {
        let Ok(parsed) = topic.parse::<Topic>() else { return };
        self.subscriptions.retain(|inbox| !inbox.queue.is_closed());
        for inbox in self.subscriptions.iter().filter(|inbox| inbox.pattern.matches(&parsed)) {
            let delivery = (topic.to_owned(), payload.clone());
            if let Err(TrySendError::Full(_)) = inbox.queue.try_send(delivery) {
                inbox.missed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn call(&mut self, topic: &str, mut incoming: Incoming) {
        let Some(service) = self.services.get(topic) else {
            return incoming.excuse("the topic is no longer served");
        };
        match service.try_send(incoming) {
            Ok(()) => {}
            Err(TrySendError::Full(mut incoming)) => incoming.excuse("too many calls wait"),
            Err(TrySendError::Closed(mut incoming)) => {
                incoming.excuse("the topic is no longer served");
            }
        }
    }
}

pub(super) fn subscription(link: &Arc<Link>, pattern: Pattern) -> Subscription {
    let (queue, deliveries) = mpsc::channel(WAITING);
    let missed = Arc::<AtomicU64>::default();
    let inbox = Inbox { pattern, queue, missed: Arc::clone(&missed) };
    link.inboxes(|inboxes| inboxes.subscriptions.push(inbox));
    Subscription { deliveries, missed, _link: Arc::clone(link) }
}

pub(super) fn service(link: &Arc<Link>, topic: &Topic) -> Result<Service, ClientError> {
    let (queue, calls) = mpsc::channel(WAITING);
    let topic = topic.to_string();
    link.inboxes(|inboxes| {
        if inboxes.services.get(&topic).is_some_and(|earlier| !earlier.is_closed()) {
            return Err(ClientError::Served { topic });
        }
        inboxes.services.insert(topic, queue);
        Ok(Service { calls, _link: Arc::clone(link) })
    })
}
