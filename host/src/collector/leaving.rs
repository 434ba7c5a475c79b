//! Collectors that nobody here keeps: they come by themselves, and leave.

use std::collections::HashSet;
use std::sync::Arc;

use daemoneye_bus::control::{AgentState, CollectorState, CollectorStatus, state_topic};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::{Collectors, key};
use crate::alert::Unseeing;

impl Collectors {
    /// Notes who leaves, until the agent itself does. Those with a keeper are its business.
    pub async fn run_departures(self: Arc<Self>, mut departures: Receiver<String>) {
        while !matches!(departures.recv().await, Err(RecvError::Closed)) {
            if self.health.state() == AgentState::ShuttingDown {
                return;
            }
            self.dismiss();
        }
    }

    /// Forgets the collectors that are not connected, apart from those that are to be there. May be
    /// asked at any time: one may have left before it was noted that it came.
    pub(super) fn dismiss(&self) {
        let clients = self.broker.clients();
        let present: HashSet<&str> = clients.iter().map(|one| one.client.as_str()).collect();
        let mut left = Vec::new();
        self.health.collectors(|all| {
            let has_left = |one: &&CollectorStatus| {
                let id = one.registration.id.as_str();
                one.alive && !self.silences.contains_key(id) && !present.contains(id)
            };
            left.extend(all.iter().filter(has_left).map(|one| one.registration.id.clone()));
        });
        left.iter().for_each(|id| self.part(id));
    }

    fn part(&self, id: &str) {
        self.enter(id, CollectorState::Gone);
        self.forget_life(id);
        if self.expected.iter().any(|expected| expected == id) {
            let sentence = format!("collector {id} has gone, and the agent does not start it");
            self.health.degrade(&key(id), sentence);
            return self.alarm(id, &Unseeing::Gone);
        }
        tracing::info!(id, "collector has gone");
        self.health.recover(&key(id));
        self.health.collectors(|all| all.retain(|one| one.registration.id != id));
        if let Err(error) = self.broker.forget_kept(&state_topic(id)) {
            tracing::warn!("state of collector {id}: {error}");
        }
    }

    /// Whether it is listed.
    pub(super) fn knows(&self, id: &str) -> bool {
        let mut is_known = false;
        self.health.collectors(|all| is_known = all.iter().any(|one| one.registration.id == id));
        is_known
    }
}
