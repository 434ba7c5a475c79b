//! The agent's collector: connect, register, begin when told to, say how it is, end when told to.

mod connect;
mod keeping;
mod orders;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use daemoneye_bus::client::{Client, ClientError, ConnectError, Incoming};
use daemoneye_bus::control::{
    CollectorMessage, Heartbeat, LIFECYCLE, Measure, Order, Registration, collector_topic,
    heartbeat_topic,
};
use daemoneye_bus::message::Payload;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::confinement::Confinement;
use crate::dials::Dial;
use crate::journal::{Journal, losses, notes};
use crate::outbox::{Inbox, is_minor, outbox};
use crate::publish::Publisher;
use crate::sensor::{Counters, Sensor, Settings};
use crate::state::{State, StateError};
use connect::connect;
use keeping::{finish, keep};
use orders::Clerk;

/// How long the agent may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the last events may take when we are asked to end.
const FAREWELL: Duration = Duration::from_secs(3);
/// After a conversation that failed, and after the first try to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// How to serve an agent.
#[derive(Clone)]
pub struct Actor {
    /// Who we are on the bus: one segment of a topic.
    pub id: String,
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
    /// The agent asks us to end at once.
    Forced,
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
        let journal = Journal::new(&self.id, state, counters.clone());
        let (sensor, inbox) = self.look(&counters)?;
        let confinement = self.confinement.clone().seal();
        let lacks = confinement.iter().filter_map(|measure| measure.lack(&self.id));
        lacks.for_each(|lack| tracing::warn!("{lack}"));
        let mut registration = self.registration(&sensor, journal.source(), confinement);
        registration.degraded.extend(damage);
        registration.degraded.iter().for_each(|reason| tracing::warn!("{reason}"));
        let (connection, client) = watch::channel(None);
        let acknowledged = Arc::new(AtomicU64::new(0));
        let publisher =
            Publisher { counters: counters.clone(), acknowledged: acknowledged.clone(), client };
        let (notes, acts) = notes();
        let mut keeping = keep(journal, publisher, inbox, acts, &registration);
        sensor.dials.set_heartbeat(self.heartbeat);
        let clerk = Clerk {
            id: self.id.clone(),
            capabilities: registration.capabilities.clone(),
            dials: sensor.dials.clone(),
            errands: sensor.errands.clone(),
            notes,
            counters: counters.clone(),
            withheld: Arc::default(),
        };
        let desk = Desk { actor: &self, registration, counters, acknowledged, clerk };
        let ended = tokio::select! {
            ended = desk.serve(&connection, &mut stop) => ended,
            () = keeping.broken() => Err(SessionError::Journal),
        };
        // What is sent from now on goes over the last connection, or nowhere.
        drop(connection);
        let is_forced = matches!(ended, Ok(Ended::Forced));
        finish(sensor, keeping, if is_forced { Duration::ZERO } else { FAREWELL }).await;
        ended.map(drop)
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
            id: self.id.clone(),
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
    clerk: Clerk,
}

impl Desk<'_> {
    async fn serve(
        &self,
        connection: &watch::Sender<Option<Client>>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<Ended, SessionError> {
        loop {
            let client = tokio::select! {
                client = connect(self.actor) => client?,
                () = asked(stop) => return Ok(Ended::Asked),
            };
            let Some(client) = client else {
                tracing::info!("whoever started the sensor has ended");
                return Ok(Ended::Asked);
            };
            let ended = self.converse(&client, connection, stop).await;
            match ended {
                Ok(ended @ (Ended::Asked | Ended::Forced)) => return Ok(ended),
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
        let mut calls = client.serve(&collector_topic(&self.actor.id)).await?;
        let register = CollectorMessage::Register(self.registration.clone());
        client.call(LIFECYCLE, Payload::Collector(register), PATIENCE).await?;
        let mut beaten = None;
        loop {
            let call = tokio::select! {
                call = calls.next() => call,
                () = self.beat(beaten) => {
                    beaten = Some(Instant::now());
                    let beat = Payload::Collector(CollectorMessage::Heartbeat(self.heartbeat()));
                    client.publish(&heartbeat_topic(&self.actor.id), beat).await?;
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

    /// Until the next heartbeat is due.
    async fn beat(&self, last: Option<Instant>) {
        if let Some(last) = last {
            tokio::time::sleep_until(last + self.clerk.dials.time(Dial::Heartbeat)).await;
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
            Payload::Collector(CollectorMessage::Ask(asked)) => {
                let ends = match asked.order {
                    Order::Shutdown { forced: true } => Some(Ended::Forced),
                    Order::Shutdown { forced: false } => Some(Ended::Asked),
                    _ => None,
                };
                let answering = self.clerk.clone().answer(asked.as_ref().clone(), call);
                match ends {
                    Some(_) => answering.await,
                    None => drop(tokio::spawn(answering)),
                }
                Ok(ends)
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
            paused: self.clerk.dials.is_paused(),
            withheld: count(&self.counters.withheld),
        }
    }
}

async fn asked(stop: &mut watch::Receiver<bool>) {
    let _asked_or_gone = stop.wait_for(|stop| *stop).await;
}
