//! Who wants what: plain data, changed by copy and read without a lock.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::handle::{Call, Delivery};
use super::outlet::Outlet;
use crate::topic::{Pattern, Topic};

/// So many patterns and so many services per client.
pub(super) const MAX_REGISTRATIONS: usize = 256;

/// Everybody who is there.
#[derive(Debug, Clone, Default)]
pub(super) struct Routes {
    clients: BTreeMap<u64, Member>,
    intakes: Vec<Intake>,
    services: HashMap<Topic, Server>,
}

#[derive(Debug, Clone)]
struct Member {
    outlet: Arc<Outlet>,
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone)]
struct Intake {
    pattern: Pattern,
    queue: mpsc::Sender<Delivery>,
}

/// Who answers calls to a topic.
#[derive(Debug, Clone)]
pub(super) enum Server {
    /// The agent itself.
    Here(mpsc::Sender<Call>),
    /// A client.
    There(Arc<Outlet>),
}

/// Why a client's wish is not granted.
#[derive(Debug, thiserror::Error)]
pub(super) enum Denied {
    #[error("topic {topic} is served by {by} already")]
    Served { topic: Topic, by: String },
    #[error("client {0} has {MAX_REGISTRATIONS} registrations already")]
    TooMany(String),
    #[error("client {0} is gone")]
    Gone(String),
}

impl Routes {
    pub(super) fn enter(&mut self, outlet: Arc<Outlet>) {
        self.clients.insert(outlet.id, Member { outlet, patterns: Vec::new() });
    }

    /// Returns whether that was the last connection of its name.
    pub(super) fn leave(&mut self, outlet: &Outlet) -> bool {
        let id = outlet.id;
        self.clients.remove(&id);
        self.services.retain(|_, server| !matches!(server, Server::There(o) if o.id == id));
        self.clients().all(|other| other.client != outlet.client)
    }

    pub(super) fn clients(&self) -> impl Iterator<Item = &Arc<Outlet>> {
        self.clients.values().map(|member| &member.outlet)
    }

    pub(super) fn subscribe(&mut self, outlet: &Outlet, pattern: Pattern) -> Result<(), Denied> {
        let member = self.clients.get_mut(&outlet.id);
        let member = member.ok_or_else(|| Denied::Gone(outlet.client.clone()))?;
        if member.patterns.contains(&pattern) {
            return Ok(());
        }
        if member.patterns.len() == MAX_REGISTRATIONS {
            return Err(Denied::TooMany(outlet.client.clone()));
        }
        member.patterns.push(pattern);
        Ok(())
    }

    /// Each client once, however many of its patterns match.
    pub(super) fn subscribers(&self, topic: &Topic) -> impl Iterator<Item = &Arc<Outlet>> {
        let wants = |member: &&Member| member.patterns.iter().any(|p| p.matches(topic));
        self.clients.values().filter(wants).map(|member| &member.outlet)
    }

    /// From now on the agent takes in what matches. An intake of the same pattern whose receiver
    /// is gone is replaced; one that lives keeps precedence.
    pub(super) fn take_in(&mut self, pattern: Pattern, queue: mpsc::Sender<Delivery>) {
        self.intakes.retain(|intake| intake.pattern != pattern || !intake.queue.is_closed());
        self.intakes.push(Intake { pattern, queue });
    }

    /// The first intake that matches, one that lives before one that is closed. A closed one is
    /// found, too: what was to be taken in must never pass for done.
    pub(super) fn intake(&self, topic: &Topic) -> Option<&mpsc::Sender<Delivery>> {
        let matching =
            || self.intakes.iter().filter(|i| i.pattern.matches(topic)).map(|i| &i.queue);
        matching().find(|queue| !queue.is_closed()).or_else(|| matching().next())
    }

    /// From now on the agent answers calls to the topic, whoever did so before.
    pub(super) fn serve_here(&mut self, topic: Topic, queue: mpsc::Sender<Call>) {
        self.services.insert(topic, Server::Here(queue));
    }

    /// From now on the client answers calls to the topic. A client that was started again need not
    /// wait until its former connection is noticed to be dead: the later one of a name takes over.
    pub(super) fn serve(&mut self, outlet: &Arc<Outlet>, topic: Topic) -> Result<(), Denied> {
        let holder = self.services.get(&topic).and_then(Server::name);
        if let Some(by) = holder.filter(|by| *by != outlet.client) {
            return Err(Denied::Served { topic, by });
        }
        let own = |s: &&Server| matches!(s, Server::There(o) if o.id == outlet.id);
        if !self.clients.contains_key(&outlet.id) {
            return Err(Denied::Gone(outlet.client.clone()));
        }
        if self.services.values().filter(own).count() == MAX_REGISTRATIONS {
            return Err(Denied::TooMany(outlet.client.clone()));
        }
        self.services.insert(topic, Server::There(Arc::clone(outlet)));
        Ok(())
    }

    pub(super) fn service(&self, topic: &Topic) -> Option<&Server> {
        self.services.get(topic)
    }
}

impl Server {
    /// Who it is, if it still is there.
    fn name(&self) -> Option<String> {
        match self {
            Server::Here(queue) => (!queue.is_closed()).then(|| "the agent".to_owned()),
            Server::There(outlet) => Some(outlet.client.clone()),
        }
    }
}
