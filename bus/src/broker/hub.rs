//! What all connections share.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::timeout;

use super::handle::{Call, CallError, ClientCounters, Counters};
use super::meter::Meter;
use super::outlet::{Outgoing, Outlet};
use super::routes::{Routes, Server};
use crate::frame::{FrameError, encode};
use crate::message::{Payload, ServerMessage};
use crate::topic::{Pattern, Topic};

/// Departures that a slow listener may fall behind.
const DEPARTURES: usize = 256;

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller<'a> {
    pub(super) client: &'a str,
    pub(super) uid: Option<u32>,
}

/// Who is there, and what became of those who were.
#[derive(Debug)]
pub(super) struct Hub {
    /// Replaced as a whole; the lock is held for the length of a copy of the `Arc`, and by writers
    /// for the length of a copy of the routes.
    routes: RwLock<Arc<Routes>>,
    departures: broadcast::Sender<String>,
    meter: Meter,
    queue: usize,
    rate: Option<NonZeroU32>,
    next_client: AtomicU64,
    refused: AtomicU64,
    departed: AtomicU64,
    departed_frames_in: AtomicU64,
    departed_delivered: AtomicU64,
    departed_shed: AtomicU64,
    departed_limited: AtomicU64,
}

impl Hub {
    pub(super) fn new(queue: usize, rate: Option<NonZeroU32>) -> Self {
        Hub {
            routes: RwLock::default(),
            departures: broadcast::channel(DEPARTURES).0,
            meter: Meter::default(),
            queue: queue.max(1),
            rate,
            next_client: AtomicU64::new(1),
            refused: AtomicU64::new(0),
            departed: AtomicU64::new(0),
            departed_frames_in: AtomicU64::new(0),
            departed_delivered: AtomicU64::new(0),
            departed_shed: AtomicU64::new(0),
            departed_limited: AtomicU64::new(0),
        }
    }

    /// So many messages wait for one client, and so many of its requests are in progress.
    pub(super) fn queue(&self) -> usize {
        self.queue
    }

    /// So many messages a second are taken from one client.
    pub(super) fn rate(&self) -> Option<NonZeroU32> {
        self.rate
    }

    /// The routes as they are now.
    pub(super) fn routes(&self) -> Arc<Routes> {
        Arc::clone(&self.routes.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the routes; whoever reads them meanwhile sees them before or after.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Routes) -> T) -> T {
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut routes))
    }

    pub(super) fn enter(
        &self,
        client: String,
        uid: Option<u32>,
        queue: mpsc::Sender<Outgoing>,
    ) -> Arc<Outlet> {
        let id = self.next_client.fetch_add(1, Ordering::Relaxed);
        let outlet = Arc::new(Outlet::new(id, client, uid, queue));
        self.change(|routes| routes.enter(Arc::clone(&outlet)));
        outlet
    }

    pub(super) fn leave(&self, outlet: &Outlet) {
        outlet.close();
        let last = self.change(|routes| {
            let ClientCounters { frames_in, delivered, shed, limited, .. } = outlet.counters();
            self.departed.fetch_add(1, Ordering::Relaxed);
            self.departed_frames_in.fetch_add(frames_in, Ordering::Relaxed);
            self.departed_delivered.fetch_add(delivered, Ordering::Relaxed);
            self.departed_shed.fetch_add(shed, Ordering::Relaxed);
            self.departed_limited.fetch_add(limited, Ordering::Relaxed);
            routes.leave(outlet)
        });
        if last {
            let _ = self.departures.send(outlet.client.clone());
        }
    }

    pub(super) fn departures(&self) -> broadcast::Receiver<String> {
        self.departures.subscribe()
    }

    pub(super) fn count_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn counters(&self) -> Counters {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        let mut sum = Counters {
            connected: 0,
            departed: self.departed.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            frames_in: self.departed_frames_in.load(Ordering::Relaxed),
            delivered: self.departed_delivered.load(Ordering::Relaxed),
            shed: self.departed_shed.load(Ordering::Relaxed),
            limited: self.departed_limited.load(Ordering::Relaxed),
        };
        for client in routes.clients().map(|outlet| outlet.counters()) {
            sum.connected += 1;
            sum.frames_in += client.frames_in;
            sum.delivered += client.delivered;
            sum.shed += client.shed;
            sum.limited += client.limited;
        }
        sum
    }

    pub(super) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Hands a publication to the subscribers; returns how many it was queued for.
    pub(super) fn publish(&self, topic: &Topic, payload: &Payload) -> Result<usize, FrameError> {
        let routes = self.routes();
        let subscribers: Vec<_> = routes.subscribers(topic).collect();
        let queued = if subscribers.is_empty() {
            0
        } else {
            let frame = delivery(topic, payload)?;
            subscribers.iter().filter(|outlet| outlet.deliver(frame.clone())).count()
        };
        self.meter.count(topic, queued, subscribers.len() - queued);
        Ok(queued)
    }

    /// Hands to one who has just subscribed what was kept.
    pub(super) fn catch_up(&self, outlet: &Outlet, pattern: &Pattern) {
        for (topic, payload) in self.meter.kept(pattern) {
            match delivery(&topic, &payload) {
                Ok(frame) => {
                    let _shed_and_counted = outlet.deliver(frame);
                }
                Err(error) => tracing::error!(%topic, %error, "what was kept is not delivered"),
            }
        }
    }

    /// Asks whoever serves the topic.
    pub(super) async fn call(
        &self,
        caller: Caller<'_>,
        topic: &Topic,
        payload: Payload,
        limit: Duration,
    ) -> Result<Payload, CallError> {
        let server = self.routes().service(topic).cloned();
        let answer = async {
            match server {
                None => Err(CallError::NoService { topic: topic.to_string() }),
                Some(Server::There(outlet)) => outlet.ask(topic, payload).await,
                Some(Server::Here(queue)) => ask_here(&queue, caller, topic, payload).await,
            }
        };
        let late = |_| CallError::TimedOut { topic: topic.to_string(), limit };
        timeout(limit, answer).await.map_err(late)?
    }
}

fn delivery(topic: &Topic, payload: &Payload) -> Result<Bytes, FrameError> {
    let message = ServerMessage::Deliver { topic: topic.to_string(), payload: payload.clone() };
    Ok(Bytes::from(encode(&message)?))
}

async fn ask_here(
    queue: &mpsc::Sender<Call>,
    caller: Caller<'_>,
    topic: &Topic,
    payload: Payload,
) -> Result<Payload, CallError> {
    let (reply, answer) = oneshot::channel();
    let call = Call { client: caller.client.to_owned(), uid: caller.uid, payload, reply };
    let gone = || CallError::Gone { topic: topic.to_string() };
    queue.send(call).await.map_err(|_| gone())?;
    answer.await.map_err(|_| gone())?.map_err(CallError::Answered)
}
