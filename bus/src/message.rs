//! What the frames of a connection say. A connection begins with one [`ClientMessage::Hello`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::Batch;

/// Version of this contract. A peer of another version is refused with both numbers.
pub const PROTOCOL: u16 = 1;

/// Names a request within its connection, so that answers may come in any order.
pub type RequestId = u64;

/// From a client to the broker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ClientMessage {
    /// The first message, once.
    Hello {
        /// [`PROTOCOL`] of the client.
        protocol: u16,
        /// Who the client is, such as `procmond` or `cli`; used in logs and counters.
        client: String,
    },
    /// Answered by [`ServerMessage::Receipt`].
    Publish {
        /// The client's number for this request.
        id: RequestId,
        /// Where to.
        topic: String,
        /// What.
        payload: Payload,
    },
    /// From now on deliver what is published on matching topics. Answered by a receipt.
    Subscribe {
        /// The client's number for this request.
        id: RequestId,
        /// A topic, with `+` for one segment and a final `#` for any number.
        pattern: String,
    },
    /// From now on this client answers calls to the topic. Answered by a receipt.
    Serve {
        /// The client's number for this request.
        id: RequestId,
        /// Without wildcards.
        topic: String,
    },
    /// Ask whoever serves the topic. Answered by [`ServerMessage::Reply`].
    Call {
        /// The client's number for this request.
        id: RequestId,
        /// Whom.
        topic: String,
        /// What.
        payload: Payload,
    },
    /// The answer to a [`ServerMessage::Call`].
    Reply {
        /// The broker's number of the call.
        id: RequestId,
        /// The answer, or why there is none.
        result: Result<Payload, String>,
    },
}

/// From the broker to a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ServerMessage {
    /// The answer to hello.
    Welcome {
        /// [`PROTOCOL`] of the broker.
        protocol: u16,
    },
    /// The broker closes the connection after this.
    Refused {
        /// Why.
        reason: String,
    },
    /// The answer to publish, subscribe and serve.
    Receipt {
        /// The client's number of the request.
        id: RequestId,
        /// What became of it.
        receipt: Receipt,
    },
    /// Something was published that this client subscribed to.
    Deliver {
        /// Where it was published.
        topic: String,
        /// What.
        payload: Payload,
    },
    /// Somebody calls a topic that this client serves.
    Call {
        /// The broker's number of the call.
        id: RequestId,
        /// Which topic.
        topic: String,
        /// What.
        payload: Payload,
    },
    /// The answer to a call of this client.
    Reply {
        /// The client's number of the call.
        id: RequestId,
        /// The answer, or why there is none.
        result: Result<Payload, String>,
    },
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Receipt {
    /// Done. For a publication on a topic that the agent itself takes in: committed durably.
    Done,
    /// Not done, and worth another try.
    Busy(String),
    /// Not done, and never will be.
    Refused(String),
    /// Not done: the client sends more than so many messages a second. Worth another try, later.
    Limited(u32),
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Receipt::Done => f.write_str("done"),
            Receipt::Busy(why) | Receipt::Refused(why) => f.write_str(why),
            Receipt::Limited(rate) => write!(f, "more than {rate} messages a second"),
        }
    }
}

/// What the caller of a topic is told that nobody serves, so that programs know it from a refusal.
pub fn nobody_serves(topic: &str) -> String {
    format!("nobody serves topic {topic}")
}

/// What is published, asked and answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Payload {
    /// Nothing but the fact.
    Empty,
    /// Events of one source.
    Events(SourceBatch),
    /// From the agent to a collector, and back.
    Collector(crate::control::CollectorMessage),
    /// From an operator to the agent.
    Request(crate::control::Request),
    /// From the agent to an operator.
    Response(crate::control::Response),
}

/// A batch with its place in the stream of its source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceBatch {
    /// Who made it: the id of the collector and of its run, such as `procmond:1a2b3c`.
    pub source: String,
    /// Number of the batch within its source, from 1 without gaps: a repeat is dropped, a gap is
    /// loss and is counted.
    pub number: u64,
    /// How many events the source has lost since the batch before, as far as it knows.
    pub lost: u64,
    /// The events.
    pub batch: Batch,
}
