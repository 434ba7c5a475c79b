//! What the agent does that the ledger is to tell: `acts.record("pack-activated", detail)` from anywhere.
//! The ledger is the sensor's, so acts wait here until a sensor takes them.
//!
//! Invariant: nobody waits for the ledger. An act that finds no room is counted, and the status says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use daemoneye_bus::control::{AgentAct, Denial, MAX_ACT_DETAIL, Order};
use tokio::sync::mpsc;

use crate::collector::Orders;
use crate::health::Health;

/// Acts that may wait.
const QUEUE: usize = 256;
/// Between tries while no sensor takes one.
const PAUSE: Duration = Duration::from_secs(1);
/// The health key of acts that are in no ledger.
const HEALTH: &str = "acts";
/// On whose behalf.
const AGENT: &str = "agent";

/// Where acts are told. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Acts {
    queue: mpsc::Sender<AgentAct>,
    dropped: Arc<AtomicU64>,
}

/// The other end.
#[derive(Debug)]
pub struct ActsWaiting {
    queue: mpsc::Receiver<AgentAct>,
    dropped: Arc<AtomicU64>,
}

/// The two ends of a queue.
pub fn acts() -> (Acts, ActsWaiting) {
    let (sender, queue) = mpsc::channel(QUEUE);
    let dropped = Arc::<AtomicU64>::default();
    (Acts { queue: sender, dropped: dropped.clone() }, ActsWaiting { queue, dropped })
}

impl Acts {
    /// Tells of an act: a name of `[a-z-]`, and `key=value` with spaces between. Never waits; a detail
    /// that is too long is cut.
    pub fn record(&self, name: &str, mut detail: String) {
        detail.truncate(detail.floor_char_boundary(MAX_ACT_DETAIL));
        let act = AgentAct { name: name.to_owned(), detail };
        if self.queue.try_send(act).is_err() {
            let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::warn!(name, dropped, "an act finds no room on its way to the ledger");
        }
    }
}

impl ActsWaiting {
    /// Brings acts to the ledger of this collector, in order, for ever.
    pub async fn run(mut self, orders: Orders, to: String, health: Arc<Health>) {
        let mut told = 0;
        while let Some(act) = self.queue.recv().await {
            while let Err(denial) = self.bring(&orders, &to, &act).await {
                if let Denial::BadAct { .. } = denial {
                    tracing::error!("not in the ledger: {denial}");
                    self.dropped.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                tracing::debug!(act = act.name, "not in the ledger yet: {denial}");
                tokio::time::sleep(PAUSE).await;
            }
            let dropped = self.dropped.load(Ordering::Relaxed);
            if dropped != std::mem::replace(&mut told, dropped) {
                health.degrade(HEALTH, format!("{dropped} acts of the agent are in no ledger"));
            }
        }
    }

    async fn bring(&self, orders: &Orders, to: &str, act: &AgentAct) -> Result<(), Denial> {
        orders.give(AGENT, to, Order::Record(act.clone())).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_finds_no_room_is_counted_and_a_long_detail_is_cut_between_characters() {
        let (acts, mut waiting) = acts();
        for _ in 0..QUEUE + 3 {
            acts.record("pack-activated", "é".repeat(MAX_ACT_DETAIL));
        }
        assert_eq!(waiting.dropped.load(Ordering::Relaxed), 3);
        let act = waiting.queue.try_recv().expect("one");
        assert_eq!(act.detail.len(), MAX_ACT_DETAIL);
        assert_eq!(act.check(), Ok(()));
    }
}
