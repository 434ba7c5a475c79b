//! Batches travel to the agent. One is under way at a time: a batch that has to be sent again is never
//! overtaken, and so the agent can tell a repeat from a gap by its number.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use daemoneye_bus::client::Client;
use daemoneye_bus::message::{Payload, Receipt};
use tokio::sync::{mpsc, watch};

use crate::journal::Outgoing;
use crate::sensor::Counters;

/// Before a batch that the agent could not take is sent again: doubles from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// Sends, until there is a receipt.
pub struct Publisher {
    /// What was lost so far.
    pub counters: Arc<Counters>,
    /// Events whose batch was acknowledged.
    pub acknowledged: Arc<AtomicU64>,
    /// The connection of the moment, if there is one.
    pub client: watch::Receiver<Option<Client>>,
}

impl Publisher {
    /// Sends what comes, and tells of each what is settled, until no more comes, or until there will
    /// be no connection any more.
    pub async fn run(
        mut self,
        mut batches: mpsc::Receiver<Outgoing>,
        settled: mpsc::UnboundedSender<u64>,
    ) {
        while let Some(outgoing) = batches.recv().await {
            let sequence = outgoing.sequence;
            if !self.send(outgoing).await || settled.send(sequence).is_err() {
                break;
            }
        }
    }

    /// Sends a batch until it is settled. False if there will be no connection any more.
    async fn send(&mut self, Outgoing { topic, batch, .. }: Outgoing) -> bool {
        let rows = batch.batch.rows() as u64;
        let number = batch.number;
        let mut pause = FIRST_PAUSE;
        loop {
            let Some(client) = self.connection().await else { return false };
            match client.publish(&topic, Payload::Events(batch.clone())).await {
                Ok(Receipt::Done) => break,
                Ok(Receipt::Refused(why)) => {
                    // The agent will never take it: keeping it would hold up everything behind it.
                    tracing::error!(topic, number, "refused: {why}");
                    self.counters.lost.fetch_add(rows, Ordering::Relaxed);
                    return true;
                }
                Ok(receipt) => tracing::warn!(topic, number, "{receipt}"),
                Err(error) => tracing::warn!(topic, number, "{error}"),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LAST_PAUSE);
        }
        self.acknowledged.fetch_add(rows, Ordering::Relaxed);
        true
    }

    /// The connection, as soon as there is one; nothing when there never will be.
    async fn connection(&mut self) -> Option<Client> {
        let connected = self.client.wait_for(Option::is_some).await.ok()?;
        connected.clone()
    }
}
