//! What only the agent may do on the bus, decided without I/O: THE LIST. Clients are trusted with every
//! other topic.

use crate::control::{LIFECYCLE, RPC_RESPONSE};
use crate::topic::Topic;

/// Orders to collectors.
const COLLECTORS: &str = "control.collector.";
/// What the agent says of collectors.
const STATES: &str = "events.collector.";

/// A right that a client does not have. The text is sent to it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Reserved {
    #[error("only the agent may call topic {0}")]
    Call(Topic),
    #[error("only the agent may publish on topic {0}")]
    Publish(Topic),
}

/// Whether a client may call the topic: collectors take orders from the agent alone.
pub(super) fn may_call(topic: &Topic) -> Result<(), Reserved> {
    let name = topic.as_str();
    let is_order = name.starts_with(COLLECTORS) && name != LIFECYCLE;
    if is_order { Err(Reserved::Call(topic.clone())) } else { Ok(()) }
}

/// Whether a client may publish on the topic: what the agent says, nobody else says.
pub(super) fn may_publish(topic: &Topic) -> Result<(), Reserved> {
    let name = topic.as_str();
    let is_word = name.starts_with(STATES) || name == RPC_RESPONSE;
    if is_word { Err(Reserved::Publish(topic.clone())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_and_the_agents_word_are_the_agents() {
        // Topic, whether clients may call it, whether they may publish on it.
        let table = [
            ("control.agent", true, true),
            ("control.collector.lifecycle", true, true),
            ("control.collector.procmond", false, true),
            ("control.collector.lifecycle.x", false, true),
            ("control.health.heartbeat.procmond", true, true),
            ("control.rpc.response", true, false),
            ("events.collector.procmond", true, false),
            ("events.process.exec", true, true),
        ];
        for (name, call, publish) in table {
            let topic = name.parse().expect("a topic");
            assert_eq!(may_call(&topic).is_ok(), call, "{name}");
            assert_eq!(may_publish(&topic).is_ok(), publish, "{name}");
        }
    }
}
