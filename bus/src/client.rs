//! Everybody else's side of the bus: publish, subscribe, serve, call.
//!
//! ```text
//! connect   from a path to a greeted connection
//! link      the connection's task, and who waits for which answer
//! inbox     what comes in: subscriptions and services
//! ```
//!
//! Invariant: the task of a connection never waits for whoever uses the client, so that an answer
//! is never stuck behind a delivery that nobody reads.

mod connect;
mod inbox;
mod link;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

pub use connect::ConnectError;
pub use inbox::{Incoming, Service, Subscription};

use crate::frame::{FrameError, encode};
use crate::message::{ClientMessage, Payload, Receipt, RequestId};
use crate::topic::{Pattern, Topic, TopicError};
use link::{Link, Waiter};

/// A connection to the broker. Clones share it; it ends with the last of them, and of the
/// subscriptions, services and unanswered calls that came from them. It never reconnects.
#[derive(Debug, Clone)]
pub struct Client {
    link: Arc<Link>,
}

/// Why the broker did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The connection has ended; what was in flight may have been done or not.
    #[error("connection to the bus is closed")]
    Closed,
    /// The topic or pattern is none.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// The message cannot be sent, such as because it is too large.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The broker does not grant a subscription or a service, nobody serves the topic of a call,
    /// or whoever does answers that there is no answer; in the words of whoever refuses.
    #[error("{0}")]
    Refused(String),
    /// This client has a service of the topic already.
    #[error("topic {topic} is served by this client already")]
    Served {
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
}

/// A publication on its way. Dropping it does not call the publication back.
#[derive(Debug)]
#[must_use = "whether a publication arrived is in its receipt"]
pub struct InFlight {
    receipt: Answer<Receipt>,
}

impl InFlight {
    /// What became of it.
    ///
    /// # Errors
    /// [`ClientError::Closed`].
    pub async fn receipt(self) -> Result<Receipt, ClientError> {
        self.receipt.wait().await
    }
}

/// An answer that is expected. Whoever stops waiting leaves no trace on the link, which stays open
/// until then.
#[derive(Debug)]
struct Answer<T> {
    id: RequestId,
    answer: oneshot::Receiver<T>,
    link: Arc<Link>,
}

impl<T> Answer<T> {
    async fn wait(mut self) -> Result<T, ClientError> {
        (&mut self.answer).await.map_err(|_| ClientError::Closed)
    }
}

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        self.link.forget(self.id);
    }
}

impl Client {
    /// Connects and says hello as `name`, 1 to 64 of `[A-Za-z0-9._:-]`. Must be called within a
    /// tokio runtime.
    ///
    /// # Errors
    /// If there is no broker, or it refuses.
    pub async fn connect(path: &Path, name: &str) -> Result<Self, ConnectError> {
        let link = connect::connect(path, name).await?;
        Ok(Client { link })
    }

    /// Publishes and waits for the receipt. Many publications may be in flight.
    ///
    /// # Errors
    /// If the connection ends first, or the payload does not fit into a frame.
    pub async fn publish(&self, topic: &str, payload: Payload) -> Result<Receipt, ClientError> {
        self.send(topic, payload).await?.receipt().await
    }

    /// Publishes and returns when the publication has its place in the queue: publications arrive
    /// in the order in which these calls returned, however late their receipts are awaited.
    ///
    /// # Errors
    /// If the connection has ended, or the payload does not fit into a frame.
    pub async fn send(&self, topic: &str, payload: Payload) -> Result<InFlight, ClientError> {
        let topic = topic.to_owned();
        let receipt = self
            .request(|id| ClientMessage::Publish { id, topic, payload }, Waiter::Receipt)
            .await?;
        Ok(InFlight { receipt })
    }

    /// Receives what is published on matching topics from now on, at most once, for as long as the
    /// connection lasts.
    ///
    /// # Errors
    /// If the pattern is none, the broker refuses, or the connection ends.
    pub async fn subscribe(&self, pattern: &str) -> Result<Subscription, ClientError> {
        let parsed: Pattern = pattern.parse()?;
        let subscription = inbox::subscription(&self.link, parsed);
        let pattern = pattern.to_owned();
        self.granted(|id| ClientMessage::Subscribe { id, pattern }).await?;
        Ok(subscription)
    }

    /// Answers calls to a topic from now on.
    ///
    /// # Errors
    /// If the topic is none, somebody serves it already, or the connection ends.
    pub async fn serve(&self, topic: &str) -> Result<Service, ClientError> {
        let parsed: Topic = topic.parse()?;
        let service = inbox::service(&self.link, &parsed)?;
        let topic = topic.to_owned();
        self.granted(|id| ClientMessage::Serve { id, topic }).await?;
        Ok(service)
    }

    /// Asks whoever serves the topic, for at most `limit`; the broker itself gives up after five
    /// minutes.
    ///
    /// # Errors
    /// If there is no answer in time, or the answer is an error.
    pub async fn call(
        &self,
        topic: &str,
        payload: Payload,
        limit: Duration,
    ) -> Result<Payload, ClientError> {
        let asked = topic.to_owned();
        let answer = async {
            let call = |id| ClientMessage::Call { id, topic: asked, payload };
            let answer = self.request(call, Waiter::Reply).await?;
            answer.wait().await?.map_err(ClientError::Refused)
        };
        let late = |_| ClientError::TimedOut { topic: topic.to_owned(), limit };
        timeout(limit, answer).await.map_err(late)?
    }

    /// Returns when the connection has ended, with the reason if there is one beyond that the
    /// broker closed it.
    pub async fn closed(&self) -> Option<String> {
        self.link.closed().await
    }

    async fn granted(
        &self,
        message: impl FnOnce(RequestId) -> ClientMessage,
    ) -> Result<(), ClientError> {
        let receipt = self.request(message, Waiter::Receipt).await?;
        match receipt.wait().await? {
            Receipt::Done => Ok(()),
            receipt => Err(ClientError::Refused(receipt.to_string())),
        }
    }

    async fn request<T>(
        &self,
        message: impl FnOnce(RequestId) -> ClientMessage,
        waiter: impl FnOnce(oneshot::Sender<T>) -> Waiter,
    ) -> Result<Answer<T>, ClientError> {
        let id = self.link.next_id();
        let frame = encode(&message(id))?;
        let (sender, answer) = oneshot::channel();
        self.link.expect(id, waiter(sender))?;
        let answer = Answer { id, answer, link: Arc::clone(&self.link) };
        self.link.send(frame).await?;
        Ok(answer)
    }
}
