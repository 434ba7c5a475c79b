//! Who may enter, decided without I/O.

use std::collections::HashSet;
use std::time::Duration;

use interprocess::local_socket::tokio::Stream;
use interprocess::local_socket::traits::StreamCommon;

use crate::frame::FrameError;
use crate::message::{ClientMessage, PROTOCOL};

/// The first message must be there by then.
pub(super) const HELLO_LIMIT: Duration = Duration::from_secs(5);

/// The longest name of a client, bytes.
pub(super) const MAX_NAME_BYTES: usize = 64;

/// So many peers are told at a time why they may not enter.
const TURNED_AWAY: usize = 64;

/// Why a connection is closed by the broker. The text is sent to the peer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("uid {0} is not allowed")]
    Uid(u32),
    #[error("a peer whose uid the operating system does not tell is not allowed")]
    NoUid,
    #[error("all {0} connections are taken")]
    Full(usize),
    #[error("no hello within {} seconds", HELLO_LIMIT.as_secs())]
    Silent,
    #[error("the first message is not hello")]
    NotHello,
    #[error("hello after hello")]
    SecondHello,
    #[error("protocol {0}, this broker speaks {PROTOCOL}")]
    Protocol(u16),
    #[error("a client's name is 1 to {MAX_NAME_BYTES} of [A-Za-z0-9._:-]")]
    Name,
    #[error(transparent)]
    Frame(#[from] FrameError),
}

/// What is remembered at the door.
#[derive(Debug)]
pub(super) struct Door {
    allowed: Vec<u32>,
    max_clients: usize,
    /// Who was refused already: a peer that tries again does not fill the log.
    known: HashSet<Option<u32>>,
    was_full: bool,
}

impl Door {
    pub(super) fn new(allowed: Vec<u32>, max_clients: usize) -> Self {
        Door { allowed, max_clients, known: HashSet::new(), was_full: false }
    }

    pub(super) fn judge(&self, uid: Option<u32>) -> Result<(), Refusal> {
        match uid {
            Some(uid) if self.allowed.contains(&uid) => Ok(()),
            Some(uid) => Err(Refusal::Uid(uid)),
            None => Err(Refusal::NoUid),
        }
    }

    pub(super) fn full(&self) -> Refusal {
        Refusal::Full(self.max_clients)
    }

    /// So many connections at a time, with those that are being turned away; any more are closed
    /// without a word.
    pub(super) fn crowd(&self) -> usize {
        self.max_clients.saturating_add(TURNED_AWAY)
    }

    /// Whether the log does not have this refusal yet.
    pub(super) fn is_news(&mut self, uid: Option<u32>, refusal: &Refusal) -> bool {
        match refusal {
            Refusal::Full(_) => !std::mem::replace(&mut self.was_full, true),
            _ => self.known.insert(uid),
        }
    }
}

/// The peer's effective user id, as the operating system tells it.
pub(super) fn peer(stream: &Stream) -> Option<u32> {
    stream.peer_creds().ok()?.euid()
}

/// The name of the client that said this first.
pub(super) fn greeted(first: ClientMessage) -> Result<String, Refusal> {
    let ClientMessage::Hello { protocol, client } = first else {
        return Err(Refusal::NotHello);
    };
    if protocol != PROTOCOL {
        return Err(Refusal::Protocol(protocol));
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._:-".contains(&b);
    let fits = (1..=MAX_NAME_BYTES).contains(&client.len()) && client.bytes().all(allowed);
    if fits { Ok(client) } else { Err(Refusal::Name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_users_enter_and_the_refusal_names_the_uid() {
        let door = Door::new(vec![7, 9], 1);
        for (uid, expected) in [(Some(7), ""), (Some(9), ""), (Some(0), "uid 0"), (None, "uid")] {
            match door.judge(uid) {
                Ok(()) => assert_eq!(expected, "", "{uid:?}"),
                Err(refusal) => assert!(refusal.to_string().contains(expected), "{uid:?}"),
            }
        }
    }

    #[test]
    fn a_user_is_news_once() {
        let mut door = Door::new(vec![], 1);
        let news = [1, 1, 2, 1].map(|uid| door.is_news(Some(uid), &Refusal::Uid(uid)));
        assert_eq!(news, [true, false, true, false]);
        let full = [door.full(), door.full()].map(|refusal| door.is_news(Some(1), &refusal));
        assert_eq!(full, [true, false]);
    }

    #[test]
    fn a_hello_needs_the_protocol_and_a_printable_name() {
        let hello = |protocol, client: &str| {
            greeted(ClientMessage::Hello { protocol, client: client.to_owned() })
        };
        let longest = "n".repeat(MAX_NAME_BYTES);
        for name in ["procmond", "cli:17", longest.as_str()] {
            assert_eq!(hello(PROTOCOL, name).expect(name), name);
        }
        for name in ["", "a\nb", "é", &format!("{longest}n")] {
            assert!(matches!(hello(PROTOCOL, name), Err(Refusal::Name)), "{name:?}");
        }
        assert!(matches!(hello(PROTOCOL + 1, "a"), Err(Refusal::Protocol(p)) if p == PROTOCOL + 1));
        let other = ClientMessage::Serve { id: 1, topic: "a".to_owned() };
        assert!(matches!(greeted(other), Err(Refusal::NotHello)));
    }
}
