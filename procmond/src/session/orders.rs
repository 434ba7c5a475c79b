//! Orders of the agent. What changes something is in the ledger before it is done; what takes time is
//! done by somebody else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use daemoneye_bus::client::Incoming;
use daemoneye_bus::control::{
    Abilities, Answered, Asked, CollectorMessage, Denial, Order, Outcome, Setting, Task,
};
use daemoneye_bus::frame::{HEADER_BYTES, encode};
use daemoneye_bus::message::Payload;

use crate::dials::Dials;
use crate::journal::Notes;
use crate::sensor::Counters;
use crate::sensor::errands::{Due, Errands};

/// What stands before the acts of others in the ledger, so that none passes for one of ours.
const OF_AGENT: &str = "agent.";

/// Follows orders. Cheap to clone.
#[derive(Clone)]
pub(super) struct Clerk {
    pub(super) id: String,
    pub(super) capabilities: Vec<String>,
    pub(super) dials: Arc<Dials>,
    pub(super) errands: Errands,
    pub(super) notes: Notes,
    pub(super) counters: Arc<Counters>,
    /// What was withheld before the pause that is now.
    pub(super) withheld: Arc<AtomicU64>,
}

impl Clerk {
    /// Follows the order and answers.
    pub(super) async fn answer(self, asked: Asked, call: Incoming) {
        let (correlation, limit) = (asked.correlation, asked.max_bytes);
        let result = self.follow(&asked).await;
        let answered = Answered { correlation, collector: self.id.clone(), result };
        let answer = Payload::Collector(CollectorMessage::Answer(Box::new(answered)));
        let answer = fitting(answer, limit.into(), |denial| {
            let (collector, result) = (self.id.clone(), Err(denial));
            let answered = Answered { correlation, collector, result };
            Payload::Collector(CollectorMessage::Answer(Box::new(answered)))
        });
        if let Err(error) = call.reply(Ok(answer)).await {
            tracing::debug!(correlation, "order not answered: {error}");
        }
    }

    async fn follow(&self, asked: &Asked) -> Result<Outcome, Denial> {
        let by = &asked.by;
        match &asked.order {
            Order::Capabilities => Ok(Outcome::Abilities(self.abilities())),
            Order::Configure(settings) => self.configure(by, settings).await,
            Order::AdjustInterval { milliseconds } => {
                let (key, value) = ("interval_ms".to_owned(), milliseconds.to_string());
                self.configure(by, &[Setting { key, value }]).await
            }
            Order::Pause => self.pause(by).await,
            Order::Resume => self.resume(by).await,
            Order::Execute(task) => {
                self.execute(by, task, Due::after(Instant::now(), asked.limit_ms)).await
            }
            Order::Shutdown { forced } => {
                self.notes.write("shutdown", format!("by={by} forced={forced}")).await?;
                Ok(Outcome::Done)
            }
            Order::Record(act) => {
                act.check()?;
                let name = format!("{OF_AGENT}{}", act.name);
                self.notes.write(&name, act.detail.clone()).await?;
                Ok(Outcome::Done)
            }
        }
    }

    fn abilities(&self) -> Abilities {
        Abilities {
            capabilities: self.capabilities.clone(),
            tasks: Task::NAMES.map(str::to_owned).to_vec(),
            settings: self.dials.settings(),
        }
    }

    async fn configure(&self, by: &str, settings: &[Setting]) -> Result<Outcome, Denial> {
        let change = self.dials.change(settings)?;
        self.notes.write("config", format!("by={by}{}", self.dials.describe(&change))).await?;
        self.dials.make(&change);
        Ok(Outcome::Settings(self.dials.settings()))
    }

    async fn pause(&self, by: &str) -> Result<Outcome, Denial> {
        if !self.dials.is_paused() {
            self.notes.write("pause", format!("by={by}")).await?;
            self.withheld.store(self.counters.withheld.load(Ordering::Relaxed), Ordering::Relaxed);
            self.dials.pause(true);
        }
        Ok(Outcome::Settings(self.dials.settings()))
    }

    async fn resume(&self, by: &str) -> Result<Outcome, Denial> {
        if self.dials.is_paused() {
            let before = self.withheld.load(Ordering::Relaxed);
            let withheld = self.counters.withheld.load(Ordering::Relaxed) - before;
            self.notes.write("resume", format!("by={by} withheld={withheld}")).await?;
            self.dials.pause(false);
        }
        Ok(Outcome::Settings(self.dials.settings()))
    }

    async fn execute(&self, by: &str, task: &Task, due: Due) -> Result<Outcome, Denial> {
        self.notes.write("task", format!("by={by} {task}")).await?;
        let found = self.errands.send(task.clone(), due)?;
        let gone = |_| Denial::Unable { what: "look anything up any more".to_owned() };
        found.await.map_err(gone)?
    }
}

/// The answer, or the refusal to send one that is too long.
fn fitting(answer: Payload, limit: u64, refuse: impl FnOnce(Denial) -> Payload) -> Payload {
    let bytes = match encode(&answer) {
        Ok(frame) => (frame.len() - HEADER_BYTES) as u64,
        Err(daemoneye_bus::frame::FrameError::TooLarge { length }) => length as u64,
        Err(_) => return answer,
    };
    if bytes > limit { refuse(Denial::TooLarge { bytes, limit }) } else { answer }
}
