//! The agent's collector: connect, register, begin when told to, say how it is, end when told to.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use daemoneye_bus::client::{Client, ClientError, ConnectError, Incoming};
use daemoneye_bus::control::{
    CollectorMessage, Heartbeat, LIFECYCLE, Registration, collector_topic, heartbeat_topic,
};
use daemoneye_bus::message::Payload;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::outbox::outbox;
use crate::publish::Publisher;
use crate::sensor::{Counters, Sensor, Settings};

/// Who we are on the bus.
const ID: &str = "procmond";
/// How long the agent may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(5);
/// How long the last events may take when we are asked to end.
const FAREWELL: Duration = Duration::from_secs(4);

/// How to serve an agent.
#[derive(Clone)]
pub struct Actor {
    /// The agent's socket.
    pub socket: PathBuf,
    /// How to look.
    pub settings: Settings,
    /// Between heartbeats.
    pub heartbeat: Duration,
    /// How long to look for an agent that is not there.
    pub patience: Duration,
}

/// Why the sensor ends.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The sensor does not start.
    #[error("sensor: {0}")]
    Sensor(std::io::Error),
    /// There has been no agent for so long.
    #[error("no agent for {} s: {cause}", .patience.as_secs_f32())]
    NoAgent {
        /// How long we have tried.
        patience: Duration,
        /// What the last try found.
        cause: ConnectError,
    },
}

/// How one connection ended.
enum Ended {
    /// The agent, or a signal, asks us to end.
    Asked,
    /// The agent is gone.
    Lost,
}

impl Actor {
    /// Serves the agent until it, or `stop`, asks to end; what is left is published first.
    ///
    /// # Errors
    /// If the sensor does not start, or there is no agent for longer than the patience.
    pub async fn run(self, mut stop: watch::Receiver<bool>) -> Result<(), SessionError> {
        let (outbox, inbox) = outbox();
        let counters = Arc::new(Counters::default());
        let emit = {
            let counters = counters.clone();
            move |event| {
                if !outbox.put(event) {
                    counters.lose();
                }
            }
        };
        let sensor = Sensor::start(self.settings.clone(), counters.clone(), emit);
        let sensor = sensor.map_err(SessionError::Sensor)?;
        sensor.degraded.iter().for_each(|reason| tracing::warn!("{reason}"));
        let (connection, client) = watch::channel(None);
        let acknowledged = Arc::new(AtomicU64::new(0));
        let publisher = Publisher {
            source: source(),
            counters: counters.clone(),
            acknowledged: acknowledged.clone(),
            client,
        };
        let registration = self.registration(&sensor, &publisher.source);
        let publishing = tokio::spawn(publisher.run(inbox));
        let desk = Desk { actor: &self, registration, counters, acknowledged };
        let ended = desk.serve(&connection, &mut stop).await;
        // What is sent from now on goes over the last connection, or nowhere.
        drop(connection);
        finish(sensor, publishing).await;
        ended
    }

    fn registration(&self, sensor: &Sensor, source: &str) -> Registration {
        Registration {
            id: ID.to_owned(),
            source: source.to_owned(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            capabilities: sensor.capabilities.clone(),
            degraded: sensor.degraded.clone(),
        }
    }
}

/// Another one in each run: batches are numbered from 1 in each.
fn source() -> String {
    let run = crate::clock::now().unsigned_abs() ^ u64::from(std::process::id()).rotate_left(40);
    format!("{ID}:{:08x}", (run ^ run >> 32) & 0xffff_ffff)
}

/// Looks no more, and publishes what has been seen until now.
async fn finish(sensor: Sensor, publishing: JoinHandle<u64>) {
    let rest = async {
        let _panic_is_logged = tokio::task::spawn_blocking(move || sensor.stop()).await;
        publishing.await
    };
    match tokio::time::timeout(FAREWELL, rest).await {
        Ok(Ok(0)) => {}
        Ok(Ok(left)) => tracing::warn!(left, "events are left that no agent has acknowledged"),
        Ok(Err(error)) => tracing::error!("publisher: {error}"),
        Err(_) => tracing::warn!("the agent does not acknowledge: events are left"),
    }
}

struct Desk<'a> {
    actor: &'a Actor,
    registration: Registration,
    counters: Arc<Counters>,
    acknowledged: Arc<AtomicU64>,
}

impl Desk<'_> {
    async fn serve(
        &self,
        connection: &watch::Sender<Option<Client>>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), SessionError> {
        loop {
            let client = tokio::select! {
                client = connect(&self.actor.socket, self.actor.patience) => client?,
                () = asked(stop) => return Ok(()),
            };
            let ended = self.converse(&client, connection, stop).await;
            match ended {
                Ok(Ended::Asked) => return Ok(()),
                Ok(Ended::Lost) => tracing::warn!("the agent is gone"),
                Err(error) => {
                    tracing::warn!("agent: {error}");
                    tokio::time::sleep(FIRST_PAUSE).await;
                }
            }
            connection.send_replace(None);
        }
    }

    async fn converse(
        &self,
        client: &Client,
        connection: &watch::Sender<Option<Client>>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<Ended, ClientError> {
        let mut calls = client.serve(&collector_topic(ID)).await?;
        let register = CollectorMessage::Register(self.registration.clone());
        client.call(LIFECYCLE, Payload::Collector(register), PATIENCE).await?;
        let mut beat = tokio::time::interval(self.actor.heartbeat);
        loop {
            let call = tokio::select! {
                call = calls.next() => call,
                _ = beat.tick() => {
                    let beat = Payload::Collector(CollectorMessage::Heartbeat(self.heartbeat()));
                    client.publish(&heartbeat_topic(ID), beat).await?;
                    continue;
                }
                () = asked(stop) => return Ok(Ended::Asked),
            };
            let Some(call) = call else { return Ok(Ended::Lost) };
            if let Some(ended) = self.answer(call, client, connection).await? {
                return Ok(ended);
            }
        }
    }

    /// One call of the agent.
    async fn answer(
        &self,
        call: Incoming,
        client: &Client,
        connection: &watch::Sender<Option<Client>>,
    ) -> Result<Option<Ended>, ClientError> {
        let accepted = Ok(Payload::Collector(CollectorMessage::Accepted));
        match call.payload() {
            Payload::Collector(CollectorMessage::BeginMonitoring) => {
                call.reply(accepted).await?;
                connection.send_replace(Some(client.clone()));
                Ok(None)
            }
            Payload::Collector(CollectorMessage::Health) => {
                let heartbeat = CollectorMessage::Heartbeat(self.heartbeat());
                call.reply(Ok(Payload::Collector(heartbeat))).await?;
                Ok(None)
            }
            Payload::Collector(CollectorMessage::Shutdown) => {
                call.reply(accepted).await?;
                Ok(Some(Ended::Asked))
            }
            _ => {
                call.reply(Err("not a call for a collector".to_owned())).await?;
                Ok(None)
            }
        }
    }

    fn heartbeat(&self) -> Heartbeat {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Heartbeat {
            seen: count(&self.counters.seen),
            acknowledged: count(&self.acknowledged),
            lost: count(&self.counters.lost),
            processes: count(&self.counters.processes),
        }
    }
}

/// A connection, tried for until there has been none for too long.
async fn connect(socket: &Path, patience: Duration) -> Result<Client, SessionError> {
    let since = tokio::time::Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        match Client::connect(socket, ID).await {
            Ok(client) => return Ok(client),
            Err(cause) if since.elapsed() > patience => {
                return Err(SessionError::NoAgent { patience, cause });
            }
            Err(error) => tracing::debug!("{error}"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

async fn asked(stop: &mut watch::Receiver<bool>) {
    let _asked_or_gone = stop.wait_for(|stop| *stop).await;
}
