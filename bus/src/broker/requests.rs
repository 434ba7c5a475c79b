//! What a client may ask for once it said hello.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::door::Refusal;
use super::handle::{CallError, Delivery, PublishError};
use super::hub::Caller;
use super::rights::{Reserved, may_call, may_publish};
use super::routes::Denied;
use super::session::Session;
use crate::message::{ClientMessage, Payload, Receipt, RequestId, ServerMessage};
use crate::topic::Topic;

/// A call of a client ends then, whatever limit the client set itself.
const CALL_LIMIT: Duration = Duration::from_secs(300);

impl Session {
    /// Does one thing that the client asks. Returns when the next may be read, which is not when
    /// the answer is there.
    pub(super) async fn handle(&mut self, message: ClientMessage) -> Result<(), Refusal> {
        if let Some(answer) = self.over_rate(&message) {
            self.outlet.count_limited();
            self.outlet.tell(answer).await;
            return Ok(());
        }
        match message {
            ClientMessage::Hello { .. } => return Err(Refusal::SecondHello),
            ClientMessage::Publish { id, topic, payload } => self.publish(id, topic, payload).await,
            ClientMessage::Subscribe { id, pattern } => {
                let receipt = self.subscribe(&pattern);
                let is_new = receipt == Receipt::Done;
                self.acknowledge(id, receipt).await;
                if let (true, Ok(pattern)) = (is_new, pattern.parse()) {
                    self.hub.catch_up(&self.outlet, &pattern);
                }
            }
            ClientMessage::Serve { id, topic } => self.acknowledge(id, self.serves(&topic)).await,
            ClientMessage::Call { id, topic, payload } => self.call(id, topic, payload).await,
            ClientMessage::Reply { id, result } => self.outlet.answer(id, result),
        }
        Ok(())
    }

    /// What a client is told whose message comes too soon. Answers to calls are waited for by somebody
    /// else, and are never refused.
    fn over_rate(&mut self, message: &ClientMessage) -> Option<ServerMessage> {
        let rate = self.hub.rate()?.get();
        let (id, is_call) = match message {
            ClientMessage::Hello { .. } | ClientMessage::Reply { .. } => return None,
            ClientMessage::Call { id, .. } => (*id, true),
            ClientMessage::Publish { id, .. }
            | ClientMessage::Subscribe { id, .. }
            | ClientMessage::Serve { id, .. } => (*id, false),
        };
        if self.allowance.as_mut()?.admits(self.since.elapsed()) {
            return None;
        }
        let receipt = Receipt::Limited(rate);
        Some(match is_call {
            true => ServerMessage::Reply { id, result: Err(receipt.to_string()) },
            false => ServerMessage::Receipt { id, receipt },
        })
    }

    async fn acknowledge(&self, id: RequestId, receipt: Receipt) {
        self.outlet.tell(ServerMessage::Receipt { id, receipt }).await;
    }

    /// Subscribers get a publication first, in the order in which the client published; then it is
    /// taken in. The client's later requests do not wait for the receipt.
    async fn publish(&mut self, id: RequestId, topic: String, payload: Payload) {
        match self.hand_out(&topic, &payload) {
            Ok(Some(intake)) => self.take_in(id, &intake, topic, payload).await,
            Ok(None) => self.acknowledge(id, Receipt::Done).await,
            Err(error) => self.acknowledge(id, Receipt::Refused(error.to_string())).await,
        }
    }

    fn hand_out(
        &self,
        topic: &str,
        payload: &Payload,
    ) -> Result<Option<mpsc::Sender<Delivery>>, Unpublished> {
        let topic = topic.parse().map_err(PublishError::from)?;
        may_publish(&topic)?;
        self.hub.publish(&topic, payload).map_err(PublishError::from)?;
        Ok(self.hub.routes().intake(&topic).cloned())
    }

    async fn take_in(
        &mut self,
        id: RequestId,
        intake: &mpsc::Sender<Delivery>,
        topic: String,
        payload: Payload,
    ) {
        let busy = format!("nobody takes in topic {topic} now");
        let (receipt, outcome) = oneshot::channel();
        let client = self.outlet.client.clone();
        // A closed intake drops the delivery and with it the receipt, so that the client is told.
        let _ = intake.send(Delivery { client, topic, payload, receipt }).await;
        let outlet = Arc::clone(&self.outlet);
        let waiting = async move {
            let receipt = outcome.await.unwrap_or(Receipt::Busy(busy));
            outlet.tell(ServerMessage::Receipt { id, receipt }).await;
        };
        self.begin(waiting).await;
    }

    fn subscribe(&self, pattern: &str) -> Receipt {
        match pattern.parse() {
            Ok(pattern) => {
                receipt(self.hub.change(|routes| routes.subscribe(&self.outlet, pattern)))
            }
            Err(error) => Receipt::Refused(format!("{error}")),
        }
    }

    fn serves(&self, topic: &str) -> Receipt {
        match topic.parse() {
            Ok(topic) => receipt(self.hub.change(|routes| routes.serve(&self.outlet, topic))),
            Err(error) => Receipt::Refused(format!("{error}")),
        }
    }

    async fn call(&mut self, id: RequestId, topic: String, payload: Payload) {
        let (hub, outlet) = (Arc::clone(&self.hub), Arc::clone(&self.outlet));
        let asking = async move {
            let answer = async {
                let topic: Topic = topic.parse().map_err(CallError::from)?;
                may_call(&topic)?;
                let caller = Caller { client: &outlet.client, uid: outlet.uid };
                Ok(hub.call(caller, &topic, payload, CALL_LIMIT).await?)
            };
            let result = answer.await.map_err(|error: Uncalled| error.to_string());
            outlet.tell(ServerMessage::Reply { id, result }).await;
        };
        self.begin(asking).await;
    }

    /// Starts what takes time, once fewer than the allowed number are in progress.
    async fn begin(&mut self, request: impl Future<Output = ()> + Send + 'static) {
        while self.requests.try_join_next().is_some() {}
        if self.requests.len() >= self.hub.queue() {
            self.requests.join_next().await;
        }
        self.requests.spawn(request);
    }
}

/// Why a publication of a client goes nowhere.
#[derive(Debug, thiserror::Error)]
enum Unpublished {
    #[error(transparent)]
    Reserved(#[from] Reserved),
    #[error(transparent)]
    Publish(#[from] PublishError),
}

/// Why a call of a client has no answer.
#[derive(Debug, thiserror::Error)]
enum Uncalled {
    #[error(transparent)]
    Reserved(#[from] Reserved),
    #[error(transparent)]
    Call(#[from] CallError),
}

fn receipt(outcome: Result<(), Denied>) -> Receipt {
    match outcome {
        Ok(()) => Receipt::Done,
        Err(error @ Denied::Served { .. }) => Receipt::Busy(error.to_string()),
        Err(error) => Receipt::Refused(error.to_string()),
    }
}
