//! The sensor's keeper: starts procmond, knows it by its registration, starts it again when it
//! dies, and says so.

mod ladder;
mod nursery;
mod silence;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use daemoneye_bus::broker::{BrokerHandle, Call, Delivery};
use daemoneye_bus::control::{
    CollectorMessage, CollectorState, CollectorStatus, Heartbeat, Registration, collector_topic,
    state_topic,
};
use daemoneye_bus::message::{Payload, Receipt};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};

use crate::config;
use crate::health::Health;
use ladder::{Ladder, Step};
use silence::Silence;

pub use nursery::Nursery;

/// Id of the sensor.
const PROCMOND: &str = "procmond";
/// How long a collector may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the sensor may take to end when asked to.
const FAREWELL: Duration = Duration::from_secs(5);
/// The health key of the sensor.
const HEALTH: &str = "procmond";

/// The registered collectors, and how to talk to them.
pub struct Collectors {
    broker: BrokerHandle,
    health: Arc<Health>,
    progress: watch::Sender<Progress>,
    silence: Silence,
}

/// How far the collectors are, over all of them and all of their lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Registrations.
    pub registered: u64,
    /// Collectors that were told to begin, and said that they do.
    pub begun: u64,
}

impl Collectors {
    /// Nobody has registered yet.
    pub fn new(broker: BrokerHandle, health: Arc<Health>) -> Self {
        Collectors {
            broker,
            health,
            progress: watch::Sender::default(),
            silence: Silence::default(),
        }
    }

    /// Whether the collectors got so far before the time was over.
    pub async fn wait_until(&self, patience: Duration, far: impl FnMut(&Progress) -> bool) -> bool {
        let mut progress = self.progress.subscribe();
        matches!(tokio::time::timeout(patience, progress.wait_for(far)).await, Ok(Ok(_)))
    }

    /// Notes registrations and lets each collector begin.
    pub async fn run_registrations(self: Arc<Self>, mut calls: mpsc::Receiver<Call>) {
        while let Some(Call { payload, reply, .. }) = calls.recv().await {
            let Payload::Collector(CollectorMessage::Register(registration)) = payload else {
                let _caller_is_gone = reply.send(Err("not a registration".to_owned()));
                continue;
            };
            self.register(&registration);
            let accepted = Payload::Collector(CollectorMessage::Accepted);
            let _caller_is_gone = reply.send(Ok(accepted));
            let collectors = self.clone();
            tokio::spawn(async move { collectors.begin(&registration.id).await });
        }
    }

    /// Notes heartbeats.
    pub async fn run_heartbeats(self: Arc<Self>, mut beats: mpsc::Receiver<Delivery>) {
        while let Some(Delivery { client, payload, receipt, .. }) = beats.recv().await {
            if let Payload::Collector(CollectorMessage::Heartbeat(heartbeat)) = payload {
                self.note(&client, heartbeat);
            }
            let _sender_is_gone = receipt.send(Receipt::Done);
        }
    }

    fn register(&self, registration: &Registration) {
        let Registration { id, pid, version, capabilities, degraded, .. } = registration;
        tracing::info!(id, pid, version, ?capabilities, ?degraded, "collector registered");
        self.health.collectors(|all| match all.iter_mut().find(|one| one.registration.id == *id) {
            Some(known) => {
                known.registration = registration.clone();
                known.alive = true;
                known.state = CollectorState::Running;
                known.heartbeat = Heartbeat::default();
            }
            None => all.push(CollectorStatus {
                registration: registration.clone(),
                alive: true,
                state: CollectorState::Running,
                restarts: 0,
                heartbeat: Heartbeat::default(),
            }),
        });
        self.tell(id);
        self.progress.send_modify(|progress| progress.registered += 1);
    }

    /// Tells everybody how a collector is, also those who ask later.
    fn tell(&self, id: &str) {
        let mut state = None;
        self.health.collectors(|all| {
            state = all.iter().find(|one| one.registration.id == id).cloned();
        });
        let Some(state) = state else { return };
        let payload = Payload::Collector(CollectorMessage::State(Box::new(state)));
        if let Err(error) = self.broker.publish_and_keep(&state_topic(id), &payload) {
            tracing::warn!("state of collector {id}: {error}");
        }
    }

    async fn begin(&self, id: &str) {
        let begin = Payload::Collector(CollectorMessage::BeginMonitoring);
        match self.broker.call(&collector_topic(id), begin, PATIENCE).await {
            Ok(_) => {
                self.health.recover(HEALTH);
                self.progress.send_modify(|progress| progress.begun += 1);
            }
            Err(error) => {
                self.health.degrade(HEALTH, format!("collector {id} does not begin: {error}"));
            }
        }
    }

    fn note(&self, id: &str, heartbeat: Heartbeat) {
        if id == PROCMOND {
            self.silence.heard();
        }
        self.health.collectors(|all| {
            if let Some(known) = all.iter_mut().find(|one| one.registration.id == id) {
                known.heartbeat = heartbeat;
            }
        });
    }

    /// A state of the sensor, if it has ever registered.
    fn enter(&self, state: CollectorState) {
        self.health.collectors(|all| {
            if let Some(known) = all.iter_mut().find(|one| one.registration.id == PROCMOND) {
                known.state = state;
                known.alive = matches!(state, CollectorState::Running | CollectorState::Probed);
                known.restarts += u64::from(!known.alive);
            }
        });
        self.tell(PROCMOND);
    }

    /// Keeps the sensor running until `stop`; then lets it finish.
    pub async fn supervise(
        &self,
        procmond: &config::Procmond,
        state: &Path,
        socket: &Path,
        mut stop: watch::Receiver<bool>,
    ) {
        if !procmond.starts() {
            return asked(&mut stop).await;
        }
        let mut ladder = Ladder::default();
        loop {
            let started = tokio::time::Instant::now();
            let died = match spawn(procmond, state, socket) {
                Ok(mut child) => match self.attend(&mut child, &mut stop).await {
                    Some(died) => died,
                    None => return self.end(child).await,
                },
                Err(error) => format!("procmond {:?} does not start: {error}", procmond.program),
            };
            let Step { pause, given_up } = ladder.next(started.elapsed());
            let state = if given_up { CollectorState::GivenUp } else { CollectorState::Restarting };
            self.enter(state);
            let next = if given_up { "it keeps dying; next try" } else { "starting it again" };
            self.health.degrade(HEALTH, format!("{died}; {next} in {} ms", pause.as_millis()));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = asked(&mut stop) => return,
            }
        }
    }

    /// Why the sensor is no more; nothing if the agent is to end.
    async fn attend(&self, child: &mut Child, stop: &mut watch::Receiver<bool>) -> Option<String> {
        self.silence.begin();
        let why = tokio::select! {
            status = child.wait() => return Some(died(status)),
            () = asked(stop) => return None,
            why = self.hang() => why,
        };
        if let Err(error) = child.kill().await {
            tracing::error!("procmond: {error}");
        }
        Some(format!("procmond was killed, as it is silent and does not answer: {why}"))
    }

    /// Returns when the sensor, which was heard of, is silent and does not answer, with the reason.
    async fn hang(&self) -> String {
        loop {
            self.silence.long_enough().await;
            self.enter(CollectorState::Probed);
            let health = Payload::Collector(CollectorMessage::Health);
            match self.broker.call(&collector_topic(PROCMOND), health, PATIENCE).await {
                Ok(_) => self.silence.heard(),
                Err(error) => return error.to_string(),
            }
            self.enter(CollectorState::Running);
        }
    }

    /// Asks the sensor to publish what it has and to end; ends it if it does not.
    async fn end(&self, mut child: Child) {
        let shutdown = Payload::Collector(CollectorMessage::Shutdown);
        if let Err(error) = self.broker.call(&collector_topic(PROCMOND), shutdown, PATIENCE).await {
            tracing::warn!("procmond does not answer to shutdown: {error}");
        }
        match tokio::time::timeout(FAREWELL, child.wait()).await {
            Ok(Ok(status)) => tracing::info!(%status, "procmond ended"),
            Ok(Err(error)) => tracing::error!("procmond: {error}"),
            Err(_) => {
                tracing::error!("procmond did not end in {} s and is killed", FAREWELL.as_secs());
                if let Err(error) = child.kill().await {
                    tracing::error!("procmond: {error}");
                }
            }
        }
    }
}

/// Done when the agent is to end, or nobody could ask it to any more.
async fn asked(stop: &mut watch::Receiver<bool>) {
    let _asked_or_gone = stop.wait_for(|stop| *stop).await;
}

fn spawn(procmond: &config::Procmond, state: &Path, socket: &Path) -> std::io::Result<Child> {
    Command::new(&procmond.program)
        .arg("--bus")
        .arg(socket)
        .arg("--interval")
        .arg(format!("{}ms", procmond.interval_ms))
        .args(["--heartbeat", "1s"])
        .arg("--state-dir")
        .arg(state)
        // A killed agent cannot end its sensor; the next agent starts one of its own.
        .arg("--parent")
        .arg(std::process::id().to_string())
        .args((!procmond.network).then_some("--no-network"))
        .args(redaction(procmond))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        // A Ctrl-C at the terminal is for the agent, which ends the sensor in its turn.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}

/// What becomes of secrets in command lines, as the sensor's arguments.
fn redaction(procmond: &config::Procmond) -> Vec<OsString> {
    if !procmond.redaction {
        return vec!["--no-redaction".into()];
    }
    let key = procmond.redaction_key.iter().map(|path| ("--redaction-key=", path.as_os_str()));
    let expressions = procmond.redact.iter().map(|text| ("--redact=", OsStr::new(text)));
    let arguments = key.chain(expressions).map(|(flag, value)| {
        let mut argument = OsString::from(flag);
        argument.push(value);
        argument
    });
    arguments.collect()
}

fn died(status: std::io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => format!("procmond died: {status}"),
        Err(error) => format!("procmond died: {error}"),
    }
}
