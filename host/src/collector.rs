//! Who collects: known by their registrations, told to begin, heard of by their heartbeats. Those that
//! the agent starts have a keeper each.

mod keeper;
mod ladder;
mod leaving;
mod nursery;
mod orders;
mod plan;
mod silence;
mod wishes;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use daemoneye_bus::alert::Alert;
use daemoneye_bus::broker::{BrokerHandle, Call, Delivery};
use daemoneye_bus::control::{
    CollectorMessage, CollectorState, CollectorStatus, Heartbeat, Registration, collector_topic,
    state_topic,
};
use daemoneye_bus::message::{Payload, Receipt};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::alert::{self, Unseeing};
use crate::clock;
use crate::health::Health;
use keeper::Keeper;
use silence::Silence;
use wishes::Wishes;

pub use nursery::Nursery;
pub use orders::Orders;
pub use plan::{Plan, plans};

/// How long a collector may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The registered collectors, and how to talk to them.
pub struct Collectors {
    broker: BrokerHandle,
    health: Arc<Health>,
    alarms: mpsc::Sender<Alert>,
    progress: watch::Sender<Progress>,
    /// Of those that the agent starts.
    silences: HashMap<String, Silence>,
    /// Of those that the agent starts.
    wishes: Arc<Wishes>,
    /// Who is to be there though somebody else starts it.
    expected: Vec<String>,
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
    /// Nobody has registered yet. `plans`: those that will be started; `expected`: those that somebody
    /// else is to start; `alarms`: where alerts go.
    pub fn new(
        broker: BrokerHandle,
        health: Arc<Health>,
        alarms: mpsc::Sender<Alert>,
        plans: &[Plan],
        expected: Vec<String>,
    ) -> Self {
        let silence = |plan: &Plan| (plan.name.clone(), Silence::default());
        let silences = plans.iter().map(silence).collect();
        let (progress, wishes) = (watch::Sender::default(), Arc::new(Wishes::new(plans)));
        Collectors { broker, health, alarms, progress, silences, wishes, expected }
    }

    /// Where it is told how they are.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Where orders to them are given.
    pub fn orders(&self) -> Orders {
        Orders::new(self.broker.clone(), self.health.clone(), self.wishes.clone())
    }

    /// Whether the collectors got so far before the time was over.
    pub async fn wait_until(&self, patience: Duration, far: impl FnMut(&Progress) -> bool) -> bool {
        let mut progress = self.progress.subscribe();
        matches!(tokio::time::timeout(patience, progress.wait_for(far)).await, Ok(Ok(_)))
    }

    /// Notes registrations and lets each collector begin.
    pub async fn run_registrations(self: Arc<Self>, mut calls: mpsc::Receiver<Call>) {
        while let Some(Call { client, payload, reply, .. }) = calls.recv().await {
            let Payload::Collector(CollectorMessage::Register(registration)) = payload else {
                let _caller_is_gone = reply.send(Err("not a registration".to_owned()));
                continue;
            };
            if registration.id != client {
                let why =
                    format!("collector {:?} is client {client:?} of the bus", registration.id);
                let _caller_is_gone = reply.send(Err(why));
                continue;
            }
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
                self.note(&client, &heartbeat);
            }
            let _sender_is_gone = receipt.send(Receipt::Done);
        }
    }

    fn register(&self, registration: &Registration) {
        let Registration { id, pid, version, capabilities, degraded, .. } = registration;
        tracing::info!(id, pid, version, ?capabilities, ?degraded, "collector registered");
        self.forget_life(id);
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

    /// What was told of its last life holds no more.
    fn forget_life(&self, id: &str) {
        LASTING.iter().for_each(|(state, ..)| self.health.recover(&format!("{id} {state}")));
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
                self.health.recover(&key(id));
                self.progress.send_modify(|progress| progress.begun += 1);
            }
            Err(error) => {
                self.health.degrade(&key(id), format!("collector {id} does not begin: {error}"));
                self.dismiss();
                if !self.knows(id) {
                    self.health.recover(&key(id));
                }
            }
        }
    }

    fn note(&self, id: &str, heartbeat: &Heartbeat) {
        if let Some(silence) = self.silences.get(id) {
            silence.heard();
        }
        let mut before = None;
        self.health.collectors(|all| {
            if let Some(known) = all.iter_mut().find(|one| one.registration.id == id) {
                before = Some(std::mem::replace(&mut known.heartbeat, heartbeat.clone()));
            }
        });
        let Some(before) = before else { return };
        for (state, is, why) in LASTING {
            match (is(&before), is(heartbeat)) {
                (false, true) => {
                    self.health.degrade(&format!("{id} {state}"), format!("collector {id} {why}"));
                }
                (true, false) => self.health.recover(&format!("{id} {state}")),
                _ => {}
            }
        }
        if before.paused != heartbeat.paused {
            self.tell(id);
        }
        if heartbeat.paused && !before.paused {
            self.alarm(id, &Unseeing::Paused);
        }
    }

    /// Raises an alert, without waiting. One that finds no room is in the log, and its cause is in the
    /// status.
    fn alarm(&self, id: &str, why: &Unseeing) {
        let now = clock::now();
        if self.alarms.try_send(alert::sensor(id, why, now, now)).is_err() {
            tracing::error!(id, ?why, "an alert about a collector finds no room");
        }
    }

    /// A state of a collector that the agent starts; one that has never registered is known from now
    /// on, too.
    fn enter(&self, id: &str, state: CollectorState) {
        self.health.collectors(|all| {
            if !all.iter().any(|one| one.registration.id == id) {
                all.push(never_registered(id));
            }
            for known in all.iter_mut().filter(|one| one.registration.id == id) {
                known.state = state;
                known.alive = matches!(state, CollectorState::Running | CollectorState::Probed);
                let starts_again = [CollectorState::Restarting, CollectorState::GivenUp];
                known.restarts += u64::from(starts_again.contains(&state));
            }
        });
        self.tell(id);
    }

    /// Keeps the collectors running until `stop`; then lets them finish.
    pub async fn supervise(self: Arc<Self>, plans: Vec<Plan>, mut stop: watch::Receiver<bool>) {
        let mut keepers = JoinSet::new();
        for plan in plans {
            let keeper = Keeper { collectors: self.clone(), plan };
            keepers.spawn(keeper.run(stop.clone()));
        }
        if keepers.is_empty() {
            return asked(&mut stop).await;
        }
        while let Some(ended) = keepers.join_next().await {
            if let Err(error) = ended {
                tracing::error!("the keeper of a collector failed: {error}");
            }
        }
    }
}

/// What a heartbeat may say that lasts: the name of it, whether it is so, and what the operator is told.
type Lasting = (&'static str, fn(&Heartbeat) -> bool, &'static str);

const LASTING: [Lasting; 2] = [
    ("paused", |beat| beat.paused, "is paused: what it would see is not reported"),
    (
        "stuck",
        |beat| beat.stuck,
        "cannot write: its disk, or its share of it, is full; events wait in memory, and what finds no \
         room there is counted as lost",
    ),
];

/// The health key of a collector.
fn key(id: &str) -> String {
    format!("collector {id}")
}

fn never_registered(id: &str) -> CollectorStatus {
    let registration = Registration {
        id: id.to_owned(),
        source: String::new(),
        pid: 0,
        version: String::new(),
        capabilities: Vec::new(),
        degraded: Vec::new(),
        confinement: Vec::new(),
    };
    let (state, heartbeat) = (CollectorState::Restarting, Heartbeat::default());
    CollectorStatus { registration, alive: false, state, restarts: 0, heartbeat }
}

/// Done when the agent is to end, or nobody could ask it to any more.
async fn asked(stop: &mut watch::Receiver<bool>) {
    let _asked_or_gone = stop.wait_for(|stop| *stop).await;
}
