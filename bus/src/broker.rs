//! The agent's side of the bus: who may enter, what goes where.
//!
//! ```text
//! socket    the file that clients connect to, and its directory
//! door      who may enter, decided without I/O
//! rights    what only the agent may do
//! allowance how often a client may ask
//! session   one connection: a task that reads, a task that writes
//! requests  what a client may ask for
//! outlet    what waits to be written to one client
//! routes    who wants what
//! meter     what became of each topic, and what is kept for those who come later
//! hub       what all connections share
//! handle    what the agent itself does on the bus
//! ```
//!
//! Invariant: nothing that one client does or leaves undone makes another client wait. Routes are
//! read as a snapshot, no lock is held across an await, and what a client does not read is either
//! held back from that client or shed and counted.

mod allowance;
mod door;
mod handle;
mod hub;
mod meter;
mod outlet;
mod requests;
mod rights;
mod routes;
mod session;
mod socket;

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use interprocess::local_socket::tokio::Stream;
use interprocess::local_socket::traits::tokio::Listener as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinError, JoinSet};

pub use handle::{BrokerHandle, Call, CallError, ClientCounters, Counters, Delivery, PublishError};
pub use socket::BindError;

use door::{Door, Refusal};
use hub::Hub;
use socket::Socket;

/// After a failed accept, such as for want of file descriptors, before the next.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How often the broker looks whether its socket is still there.
const LOOK: Duration = Duration::from_secs(1);

/// How the broker is set up.
#[derive(Debug, Clone)]
pub struct BrokerConfig {
    /// The socket. Its directory is made if it is missing, for this user alone.
    pub socket: PathBuf,
    /// Effective user ids that may connect. Nobody else may, not even root or this process's user. The
    /// socket is for its owner only, unless there are others than this process's user and root: then
    /// it is for its group, too.
    pub allowed_uids: Vec<u32>,
    /// So many connections at a time; at least 1.
    pub max_clients: usize,
    /// So many messages wait for one client, and so many of its requests are in progress, at a
    /// time; at least 1.
    pub queue: usize,
    /// So many messages a second are taken from one client, answers to calls aside; what is over is
    /// refused and counted. Nothing: any number.
    pub rate: Option<NonZeroU32>,
}

/// The broker, bound to its socket. Connections wait until [`Broker::run`].
#[derive(Debug)]
pub struct Broker {
    socket: Socket,
    /// The socket was deleted and could not be made again; that was said.
    is_lost: bool,
    door: Door,
    slots: Arc<Semaphore>,
    hub: Arc<Hub>,
}

impl Broker {
    /// Takes the socket. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// If the directory could be tampered with by another user, if another broker answers on the
    /// socket, or if the operating system refuses.
    pub fn bind(config: BrokerConfig) -> Result<Self, BindError> {
        Ok(Broker {
            socket: Socket::bind(&config.socket, is_shared(&config.allowed_uids))?,
            is_lost: false,
            door: Door::new(config.allowed_uids, config.max_clients),
            slots: Arc::new(Semaphore::new(config.max_clients)),
            hub: Arc::new(Hub::new(config.queue, config.rate)),
        })
    }

    /// What the agent itself does on the bus.
    pub fn handle(&self) -> BrokerHandle {
        BrokerHandle::new(Arc::clone(&self.hub))
    }

    /// Where clients connect.
    pub fn socket(&self) -> &Path {
        self.socket.path()
    }

    /// Serves clients until the value is `true` or its sender is gone. Then the socket file is
    /// removed, what waits for the clients is written, and the connections are closed.
    pub async fn run(mut self, mut shutdown: watch::Receiver<bool>) {
        let mut sessions = JoinSet::new();
        let mut look = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                () = stopped(&mut shutdown) => break,
                _ = look.tick() => self.renew(),
                accepted = self.socket.listener().accept() => match accepted {
                    Ok(stream) => self.admit(stream, &mut sessions, &shutdown),
                    Err(error) => {
                        tracing::error!(%error, "no connection could be accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(ended) = sessions.join_next() => report(ended),
            }
        }
        drop(self.socket);
        while let Some(ended) = sessions.join_next().await {
            report(ended);
        }
    }

    /// A socket that was deleted is made again.
    fn renew(&mut self) {
        match self.socket.renew() {
            Ok(false) => self.is_lost = false,
            Ok(true) => {
                tracing::warn!(path = %self.socket().display(), "the socket was deleted; it is there again");
            }
            Err(error) if !std::mem::replace(&mut self.is_lost, true) => {
                tracing::error!(%error, "the socket was deleted; nobody can connect");
            }
            Err(_) => {}
        }
    }

    fn admit(
        &mut self,
        stream: Stream,
        sessions: &mut JoinSet<()>,
        shutdown: &watch::Receiver<bool>,
    ) {
        let uid = door::peer(&stream);
        match self.slot(uid) {
            Ok(slot) => {
                let (hub, shutdown) = (Arc::clone(&self.hub), shutdown.clone());
                sessions.spawn(async move {
                    session::run(stream, uid, hub, shutdown).await;
                    drop(slot);
                });
            }
            Err(refusal) => {
                self.hub.count_refused();
                if self.door.is_news(uid, &refusal) {
                    tracing::warn!(uid, reason = %refusal, "connection refused");
                }
                if sessions.len() < self.door.crowd() {
                    sessions.spawn(session::turn_away(stream, refusal));
                }
            }
        }
    }

    fn slot(&self, uid: Option<u32>) -> Result<OwnedSemaphorePermit, Refusal> {
        self.door.judge(uid)?;
        Arc::clone(&self.slots).try_acquire_owned().map_err(|_| self.door.full())
    }
}

/// Whether somebody besides this user and root may connect. Then so may, as far as the file system
/// is concerned, the group of the socket: the door asks each for its user.
fn is_shared(allowed_uids: &[u32]) -> bool {
    let own = rustix::process::geteuid().as_raw();
    allowed_uids.iter().any(|uid| ![0, own].contains(uid))
}

/// Returns when the value is `true` or can no longer become so.
async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    let _ = shutdown.wait_for(|stop| *stop).await;
}

fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "the task of a connection failed");
    }
}
