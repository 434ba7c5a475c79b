//! What goes over the bus.

use serde::{Deserialize, Serialize};

/// What became of everything on the bus since the agent started.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Traffic {
    /// Clients that were there and are not any more.
    pub departed: u64,
    /// Connections that were refused.
    pub refused: u64,
    /// Frames that came in, also from those who left.
    pub frames_in: u64,
    /// Deliveries that were written, also to those who left.
    pub delivered: u64,
    /// Deliveries that were dropped because a client did not read, also those who left.
    pub shed: u64,
    /// Who is there, in the order in which they came.
    pub clients: Vec<ClientTraffic>,
    /// Topics that something was published on, by name.
    pub topics: Vec<TopicTraffic>,
    /// Messages that were refused because a client was over its rate, also those who left.
    #[serde(default)]
    pub limited: u64,
}

/// One client.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ClientTraffic {
    /// Its name; not unique.
    pub client: String,
    /// Frames that came from it.
    pub frames_in: u64,
    /// Deliveries that were written to it.
    pub delivered: u64,
    /// Deliveries that were dropped because it did not read.
    pub shed: u64,
    /// Messages from it that were refused because it was over its rate.
    #[serde(default)]
    pub limited: u64,
}

/// One topic. Identity: each publication is queued or shed once for each subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TopicTraffic {
    /// Its name.
    pub topic: String,
    /// Publications, whether or not anybody subscribes.
    pub published: u64,
    /// Deliveries that were queued for subscribers.
    pub queued: u64,
    /// Deliveries that were dropped because a subscriber did not read.
    pub shed: u64,
}
