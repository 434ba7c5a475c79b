//! What the agent itself does on the bus.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, oneshot};

use super::hub::{Caller, Hub};
use crate::control::{ClientTraffic, Traffic};
use crate::frame::FrameError;
use crate::message::{Payload, Receipt, nobody_serves};
use crate::topic::{Topic, TopicError};

/// The name under which the agent's own calls reach services of its own.
const AGENT: &str = "agent";

/// The agent's own place on the bus. Clones are the same place.
#[derive(Debug, Clone)]
pub struct BrokerHandle {
    hub: Arc<Hub>,
}

/// Something that a client published and that waits for its receipt.
#[derive(Debug)]
pub struct Delivery {
    /// The name of the publisher.
    pub client: String,
    /// Where it was published.
    pub topic: String,
    /// What.
    pub payload: Payload,
    /// What the publisher is told. Dropped means [`Receipt::Busy`].
    pub receipt: oneshot::Sender<Receipt>,
}

/// Something that is asked.
#[derive(Debug)]
pub struct Call {
    /// The name of the caller.
    pub client: String,
    /// The caller's user, as the operating system tells it.
    pub uid: Option<u32>,
    /// The question.
    pub payload: Payload,
    /// The answer. Dropped means that the caller learns that nobody answers.
    pub reply: oneshot::Sender<Result<Payload, String>>,
}

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The topic is none.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// The question does not fit into a frame.
    #[error(transparent)]
    Frame(FrameError),
    /// No client serves the topic.
    #[error("{}", nobody_serves(topic))]
    NoService {
        /// The topic.
        topic: String,
    },
    /// The answer did not come in time.
    #[error("no answer from topic {topic} within {limit:?}")]
    TimedOut {
        /// The topic.
        topic: String,
        /// The time there was.
        limit: Duration,
    },
    /// Whoever served the topic left before it answered.
    #[error("whoever served topic {topic} is gone")]
    Gone {
        /// The topic.
        topic: String,
    },
    /// The answer is that there is none, and why.
    #[error("{0}")]
    Answered(String),
}

/// Why something could not be published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The topic is none.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// The payload does not fit into a frame.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

/// What became of one client's frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCounters {
    /// The client's name; not unique.
    pub client: String,
    /// Frames that came from it, without its hello.
    pub frames_in: u64,
    /// Deliveries that were written to it.
    pub delivered: u64,
    /// Deliveries that were dropped because its queue was full.
    pub shed: u64,
    /// Messages from it that were refused because it was over its rate.
    pub limited: u64,
}

/// What became of all frames, also those of clients that left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Clients that are there.
    pub connected: u64,
    /// Clients that were there.
    pub departed: u64,
    /// Connections that were refused: by their user, for want of room, or by what they said.
    pub refused: u64,
    /// Frames that came in, without hellos.
    pub frames_in: u64,
    /// Deliveries that were written.
    pub delivered: u64,
    /// Deliveries that were dropped because a client's queue was full.
    pub shed: u64,
    /// Messages that were refused because a client was over its rate.
    pub limited: u64,
}

impl BrokerHandle {
    pub(super) fn new(hub: Arc<Hub>) -> Self {
        BrokerHandle { hub }
    }

    /// Takes in what clients publish on matching topics: each publication waits for the receipt
    /// that its [`Delivery`] is given. While `queue` deliveries (at least 1) wait to be received,
    /// a client that publishes one more is not read from; other clients are. If several intakes
    /// match a topic, the earliest takes it. After the receiver is dropped, publishers are told
    /// [`Receipt::Busy`] until an intake of the same pattern takes its place.
    ///
    /// # Errors
    /// If the pattern is none.
    pub fn intake(
        &self,
        pattern: &str,
        queue: usize,
    ) -> Result<mpsc::Receiver<Delivery>, TopicError> {
        let pattern = pattern.parse()?;
        let (sender, receiver) = mpsc::channel(queue.max(1));
        self.hub.change(|routes| routes.take_in(pattern, sender));
        Ok(receiver)
    }

    /// Answers calls to a topic from now on; clients that want to serve it are refused.
    ///
    /// # Errors
    /// If the topic is none.
    pub fn serve(&self, topic: &str, queue: usize) -> Result<mpsc::Receiver<Call>, TopicError> {
        let topic = topic.parse()?;
        let (sender, receiver) = mpsc::channel(queue.max(1));
        self.hub.change(|routes| routes.serve_here(topic, sender));
        Ok(receiver)
    }

    /// Asks whoever serves the topic, for at most `limit`.
    ///
    /// # Errors
    /// If there is no answer in time, or the answer is an error.
    pub async fn call(
        &self,
        topic: &str,
        payload: Payload,
        limit: Duration,
    ) -> Result<Payload, CallError> {
        let topic: Topic = topic.parse()?;
        let caller = Caller { client: AGENT, uid: Some(rustix::process::geteuid().as_raw()) };
        self.hub.call(caller, &topic, payload, limit).await
    }

    /// Hands something to every subscriber at most once, without waiting; returns for how many
    /// clients it was queued. For the others it was shed and counted.
    ///
    /// # Errors
    /// If the topic is none, or the payload does not fit into a frame.
    pub fn publish(&self, topic: &str, payload: &Payload) -> Result<usize, PublishError> {
        Ok(self.hub.publish(&topic.parse()?, payload)?)
    }

    /// The same, and keeps it for those who subscribe later: each gets the last of every topic that
    /// its pattern matches. At most 256 topics are kept; what is over is logged.
    ///
    /// # Errors
    /// If the topic is none, or the payload does not fit into a frame.
    pub fn publish_and_keep(&self, topic: &str, payload: &Payload) -> Result<usize, PublishError> {
        let parsed: Topic = topic.parse()?;
        if !self.hub.meter().keep(&parsed, payload) {
            tracing::warn!(topic, "too many topics are kept: who subscribes later misses this");
        }
        Ok(self.hub.publish(&parsed, payload)?)
    }

    /// Who subscribes from now on is not told any more what was kept of this topic.
    ///
    /// # Errors
    /// If the topic is none.
    pub fn forget_kept(&self, topic: &str) -> Result<(), TopicError> {
        self.hub.meter().forget(&topic.parse()?);
        Ok(())
    }

    /// What goes over the bus.
    pub fn traffic(&self) -> Traffic {
        let Counters { departed, refused, frames_in, delivered, shed, limited, .. } =
            self.counters();
        let client = |counters: ClientCounters| {
            let ClientCounters { client, frames_in, delivered, shed, limited } = counters;
            ClientTraffic { client, frames_in, delivered, shed, limited }
        };
        let clients = self.clients().into_iter().map(client).collect();
        let topics = self.hub.meter().topics();
        Traffic { departed, refused, frames_in, delivered, shed, clients, topics, limited }
    }

    /// Every client that is there, in the order in which they came.
    pub fn clients(&self) -> Vec<ClientCounters> {
        self.hub.routes().clients().map(|outlet| outlet.counters()).collect()
    }

    /// What became of all frames.
    pub fn counters(&self) -> Counters {
        self.hub.counters()
    }

    /// The name of every client that leaves from now on, when its last connection under that name
    /// has ended. A receiver that falls 256 names behind is told how many it missed.
    pub fn departures(&self) -> broadcast::Receiver<String> {
        self.hub.departures()
    }
}
