//! The agent's collector: connect, register, begin when told to, say how it is, end when told to.

mod keeping;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use daemoneye_bus::client::{Client, ClientError, ConnectError, Incoming};
use daemoneye_bus::control::{
    CollectorMessage, Heartbeat, LIFECYCLE, Measure, Registration, collector_topic, heartbeat_topic,
};
use daemoneye_bus::message::Payload;
use tokio::sync::watch;

use crate::confinement::Confinement;
use crate::journal::{Journal, losses};
use crate::outbox::{Inbox, is_minor, outbox};
use crate::publish::Publisher;
use crate::sensor::{Counters, Sensor, Settings};
use crate::state::{State, StateError};
use keeping::{finish, keep};

/// Who we are on the bus.
const ID: &str = "procmond";
/// How long the agent may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(5);

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
    /// As far as it has come.
    pub confinement: Confinement,
    /// Where to keep what the agent has not acknowledged, and the ledger.
    pub state_dir: PathBuf,
    /// How much of it may be kept, bytes.
    pub keep: u64,
    /// The process with whose end the sensor ends, too, as soon as it has lost the agent.
    pub parent: Option<u32>,
}

/// Why the sensor ends.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The sensor does not start.
    #[error("sensor: {0}")]
    Sensor(std::io::Error),
    /// There is no place for what must not be lost.
    #[error(transparent)]
    State(#[from] StateError),
    /// What is seen cannot be kept any more.
    #[error("journal: has ended before its time")]
    Journal,
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
        let counters = Arc::new(Counters::default());
        let state = State::open(&self.state_dir, self.keep, self.patience).await?;
        let damage = losses(&state.recovery, &state.found);
        let journal = Journal::new(ID, state, counters.clone());
        let (sensor, inbox) = self.look(&counters)?;
        let confinement = self.confinement.clone().seal();
        let lacks = confinement.iter().filter_map(|measure| measure.lack(ID));
        lacks.for_each(|lack| tracing::warn!("{lack}"));
        let mut registration = self.registration(&sensor, journal.source(), confinement);
        registration.degraded.extend(damage);
        registration.degraded.iter().for_each(|reason| tracing::warn!("{reason}"));
        let (connection, client) = watch::channel(None);
        let acknowledged = Arc::new(AtomicU64::new(0));
        let publisher =
            Publisher { counters: counters.clone(), acknowledged: acknowledged.clone(), client };
        let mut keeping = keep(journal, publisher, inbox, &registration);
        let desk = Desk { actor: &self, registration, counters, acknowledged };
        let ended = tokio::select! {
            ended = desk.serve(&connection, &mut stop) => ended,
            () = keeping.broken() => Err(SessionError::Journal),
        };
        // What is sent from now on goes over the last connection, or nowhere.
        drop(connection);
        finish(sensor, keeping).await;
        ended
    }

    /// The sensor, and where its events wait for the disk.
    fn look(&self, counters: &Arc<Counters>) -> Result<(Sensor, Inbox), SessionError> {
        let (outbox, inbox) = outbox();
        let losses = counters.clone();
        let emit = move |event| {
            if losses.is_slow() && is_minor(&event) {
                losses.shed();
            } else if !outbox.put(event) {
                losses.lose();
            }
        };
        let sensor = Sensor::start(self.settings.clone(), counters.clone(), emit);
        Ok((sensor.map_err(SessionError::Sensor)?, inbox))
    }

    /// Whether the process that started the sensor has ended.
    #[cfg(unix)]
    fn is_orphan(&self) -> bool {
        self.parent.is_some_and(|parent| parent != std::os::unix::process::parent_id())
    }

    #[cfg(not(unix))]
    fn is_orphan(&self) -> bool {
        false
    }

    fn registration(
        &self,
        sensor: &Sensor,
        source: &str,
        confinement: Vec<Measure>,
    ) -> Registration {
        Registration {
            id: ID.to_owned(),
            source: source.to_owned(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            capabilities: sensor.capabilities.clone(),
            degraded: sensor.degraded.clone(),
            confinement,
        }
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
                client = connect(self.actor) => client?,
                () = asked(stop) => return Ok(()),
            };
            let Some(client) = client else {
                tracing::info!("whoever started the sensor has ended");
                return Ok(());
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
            shed: count(&self.counters.shed),
            waiting: count(&self.counters.waiting),
            slow: self.counters.is_slow(),
            stuck: self.counters.stuck.load(Ordering::Relaxed),
        }
    }
}

/// A connection, tried for until there has been none for too long; nothing for an orphan, whom the
/// next agent has a sensor in place of.
async fn connect(actor: &Actor) -> Result<Option<Client>, SessionError> {
    let patience = actor.patience;
    let since = tokio::time::Instant::now();
    let mut pause = FIRST_PAUSE;
    while !actor.is_orphan() {
        match Client::connect(&actor.socket, ID).await {
            Ok(client) => return Ok(Some(client)),
            Err(cause) if since.elapsed() > patience => {
                return Err(SessionError::NoAgent { patience, cause });
            }
            Err(error) => tracing::debug!("{error}"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
    Ok(None)
}

async fn asked(stop: &mut watch::Receiver<bool>) {
    let _asked_or_gone = stop.wait_for(|stop| *stop).await;
}
