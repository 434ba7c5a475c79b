//! Orders to collectors: given by the agent on behalf of whoever asked, each with a number, a time limit
//! and a size limit. What came of it is told on the bus.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use daemoneye_bus::broker::BrokerHandle;
use daemoneye_bus::control::{
    Answered, Asked, CollectorMessage, CollectorState, CollectorStatus, Denial, MAX_ANSWER_BYTES,
    Order, Outcome, RPC_RESPONSE, Task, collector_topic,
};
use daemoneye_bus::event::Batch;
use daemoneye_bus::frame::encode;
use daemoneye_bus::message::Payload;

use super::wishes::{Wish, Wishes};
use crate::health::Health;

/// What stands before a capability where an id could stand.
const ANY: char = '@';

/// Gives orders. Clones share the numbers.
#[derive(Clone)]
pub struct Orders {
    broker: BrokerHandle,
    health: Arc<Health>,
    next: Arc<AtomicU64>,
    /// Whose turn it is among those that can do the same.
    turn: Arc<AtomicU64>,
    wishes: Arc<Wishes>,
}

impl Orders {
    /// None has been given.
    pub(super) fn new(broker: BrokerHandle, health: Arc<Health>, wishes: Arc<Wishes>) -> Self {
        Orders { broker, health, next: Arc::new(AtomicU64::new(1)), turn: Arc::default(), wishes }
    }

    /// Gives an order to a collector, by its id or by `@` and a capability. Returns who it was, and
    /// what came of it.
    ///
    /// # Errors
    /// If there is no such collector, it does not follow, or does not answer in time.
    pub async fn give(
        &self,
        by: &str,
        to: &str,
        order: Order,
    ) -> Result<(String, Outcome), Denial> {
        let mut known = Vec::new();
        self.health.collectors(|all| known.clone_from(all));
        let id = choose(&known, to, self.turn.fetch_add(1, Ordering::Relaxed))?;
        let correlation = self.next.fetch_add(1, Ordering::Relaxed);
        let result = match self.wishes.of(&id).filter(|_| matches!(order, Order::Shutdown { .. })) {
            Some(wish) => self.stop(correlation, by, (&id, wish), order).await,
            None => self.ask(correlation, by, &id, order).await,
        };
        let answered = Answered { correlation, collector: id.clone(), result };
        self.tell(&answered);
        answered.result.map(|outcome| (id, outcome))
    }

    /// Starts a collector again that was stopped.
    ///
    /// # Errors
    /// If it was not, or somebody else starts it.
    pub fn start(&self, id: String) -> Result<(String, Outcome), Denial> {
        match self.wishes.of(&id) {
            Some(wish) if wish.start() => Ok((id, Outcome::Done)),
            Some(_) => Err(Denial::NotStopped { id }),
            None => Err(Denial::NotOurs { id }),
        }
    }

    /// Has a collector end that has a keeper; done when it has ended. One that does not answer is ended
    /// by its keeper; one that refuses goes on.
    async fn stop(
        &self,
        correlation: u64,
        by: &str,
        (id, wish): (&str, &Wish),
        order: Order,
    ) -> Result<Outcome, Denial> {
        wish.stop(by);
        if !wish.is_resting()
            && let Err(denial) = self.ask(correlation, by, id, order).await
            && !matches!(denial, Denial::NoAnswer { .. })
        {
            wish.start();
            return Err(denial);
        }
        let does_not = || format!("it did not end within {} s", PATIENCE_AT_END.as_secs());
        match wish.rested(PATIENCE_AT_END).await {
            true => Ok(Outcome::Done),
            false => Err(Denial::NoAnswer { id: id.to_owned(), cause: does_not() }),
        }
    }

    async fn ask(
        &self,
        correlation: u64,
        by: &str,
        id: &str,
        order: Order,
    ) -> Result<Outcome, Denial> {
        let limit = limit(&order);
        let asked = Asked {
            correlation,
            by: by.to_owned(),
            limit_ms: u32::try_from(limit.as_millis()).unwrap_or(u32::MAX),
            max_bytes: MAX_ANSWER_BYTES,
            order,
        };
        let question = Payload::Collector(CollectorMessage::Ask(Box::new(asked)));
        let answer = self.broker.call(&collector_topic(id), question, limit).await;
        let no_answer = |cause: String| Denial::NoAnswer { id: id.to_owned(), cause };
        let answer = answer.map_err(|error| no_answer(error.to_string()))?;
        let bytes = encode(&answer).map_or(u64::MAX, |frame| frame.len() as u64);
        if bytes > u64::from(MAX_ANSWER_BYTES) + FRAME_SLACK {
            return Err(Denial::TooLarge { bytes, limit: MAX_ANSWER_BYTES.into() });
        }
        match answer {
            Payload::Collector(CollectorMessage::Answer(answered))
                if answered.correlation == correlation && answered.collector == id =>
            {
                answered.result
            }
            _ => Err(no_answer("it answers another question".to_owned())),
        }
    }

    /// Everybody learns what came of it, without what was looked up.
    fn tell(&self, answered: &Answered) {
        let Answered { correlation, collector, result } = answered;
        let rows = |batches: &[Batch]| batches.iter().map(|batch| batch.rows() as u64).sum();
        let result = match result {
            Ok(Outcome::Processes(batches)) => Ok(Outcome::Counted(rows(batches))),
            other => other.clone(),
        };
        let (correlation, collector) = (*correlation, collector.clone());
        let told = Answered { correlation, collector, result };
        let payload = CollectorMessage::Answer(Box::new(told));
        if let Err(error) = self.broker.publish(RPC_RESPONSE, &Payload::Collector(payload)) {
            tracing::warn!(correlation = answered.correlation, "answer not told: {error}");
        }
    }
}

/// How long a collector may take to end, by itself or by its keeper.
const PATIENCE_AT_END: Duration = Duration::from_secs(15);

/// What stands around an answer in its frame.
const FRAME_SLACK: u64 = 64;

/// How long a collector may take.
fn limit(order: &Order) -> Duration {
    Duration::from_secs(match order {
        Order::Execute(Task::HashOf { .. } | Task::HashFile { .. }) => 60,
        Order::Execute(_) => 30,
        _ => 5,
    })
}

/// Who is meant.
fn choose(known: &[CollectorStatus], to: &str, turn: u64) -> Result<String, Denial> {
    let id = |one: &CollectorStatus| one.registration.id.clone();
    let Some(capability) = to.strip_prefix(ANY) else {
        let found = known.iter().find(|one| one.registration.id == to).map(id);
        let known = known.iter().map(id).collect::<Vec<_>>().join(", ");
        return found.ok_or_else(|| Denial::UnknownCollector { id: to.to_owned(), known });
    };
    let can = |one: &&CollectorStatus| {
        let has = one.registration.capabilities.iter().any(|own| own == capability);
        has && one.alive && one.state == CollectorState::Running && !one.heartbeat.paused
    };
    let able: Vec<_> = known.iter().filter(can).collect();
    let nobody = || Denial::NobodyCan { capability: capability.to_owned() };
    let count = u64::try_from(able.len()).ok().filter(|count| *count > 0).ok_or_else(nobody)?;
    Ok(id(able[(turn % count) as usize]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use daemoneye_bus::control::{Heartbeat, Registration};

    fn collector(id: &str, capability: &str) -> CollectorStatus {
        CollectorStatus {
            registration: Registration {
                id: id.to_owned(),
                source: String::new(),
                pid: 1,
                version: String::new(),
                capabilities: vec![capability.to_owned()],
                degraded: Vec::new(),
                confinement: Vec::new(),
            },
            alive: true,
            state: CollectorState::Running,
            restarts: 0,
            heartbeat: Heartbeat::default(),
        }
    }

    #[test]
    fn those_that_can_do_the_same_take_turns_and_who_does_not_run_has_none() {
        let mut known =
            vec![collector("a", "sweeps"), collector("b", "network"), collector("c", "sweeps")];
        let turns = |known: &[CollectorStatus]| {
            [0, 1, 2].map(|turn| choose(known, "@sweeps", turn).expect("one that can"))
        };
        assert_eq!(turns(&known), ["a", "c", "a"]);
        known[0].alive = false;
        assert_eq!(turns(&known), ["c", "c", "c"]);
        known[2].heartbeat.paused = true;
        let nobody = choose(&known, "@sweeps", 0).expect_err("nobody");
        assert_eq!(nobody.to_string(), "no collector that runs has the capability \"sweeps\"");
    }

    #[test]
    fn a_collector_that_is_not_there_is_named_with_those_that_are() {
        let known = [collector("a", "x"), collector("b", "x")];
        assert_eq!(choose(&known, "b", 0).as_deref(), Ok("b"));
        let unknown = choose(&known, "x", 0).expect_err("unknown");
        assert_eq!(unknown.to_string(), "no collector \"x\"; there are a, b");
    }
}
