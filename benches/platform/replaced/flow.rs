//! Sensors that tell at a steady rate, whatever the agent does.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use daemoneye_benches::{batch, event};
use daemoneye_bus::client::Client;
use daemoneye_bus::event::{Batch, Event, Field, MAX_ROWS};
use daemoneye_bus::message::{Payload, Receipt, SourceBatch};
use tokio::runtime::Runtime;

use super::agent::{Agent, connect};
use super::releases::ATTACK;

/// Events in a batch.
pub(super) const ROWS: usize = MAX_ROWS;
/// Sensors, which tell by turns: each waits for its receipt before it tells more.
const SOURCES: u64 = 4;
/// Batches that are laid ready and told again and again.
const LAID: usize = 32;
/// One batch of so many holds an attack.
const RARE: u64 = 50;
/// Before a batch is told again that the agent could not take.
const BETWEEN_TRIES: Duration = Duration::from_millis(5);
const TOPIC: &str = "events.process.start";

/// What was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) events: u64,
    pub(super) attacks: u64,
    /// From the first batch to the last receipt.
    pub(super) took: Duration,
    /// Of each batch, from the time when it was due to its receipt.
    pub(super) late: Vec<Duration>,
}

/// All sensors.
pub(super) struct Flow(Vec<JoinHandle<Result<Told>>>);

impl Flow {
    /// Begins now, with so many events in a second for so long.
    pub(super) fn start(agent: &Agent, rate: u64, time: Duration) -> Result<Self> {
        let between = Duration::from_secs(1) * u32::try_from(ROWS)? / u32::try_from(rate)?;
        let batches = u64::try_from(time.as_nanos() / between.as_nanos())?;
        let laid: Vec<Batch> = (0..LAID).map(|number| batch(number * ROWS, ROWS)).collect();
        let mut sources = Vec::new();
        for source in 0..SOURCES {
            let runtime = Runtime::new()?;
            let client = connect(&runtime, agent.socket(), &format!("told{source}"))?;
            sources.push((runtime, Source { client, name: format!("told{source}:1") }));
        }
        let begun = Instant::now();
        let told = (0..).zip(sources).map(|(number, (runtime, source))| {
            let turns = (number..batches).step_by(SOURCES as usize);
            let due = move |turn: u64| begun + between * u32::try_from(turn).unwrap_or(u32::MAX);
            let laid = laid.clone();
            let tell = move || runtime.block_on(source.tell(&laid, turns, due));
            std::thread::Builder::new().name(format!("told{number}")).spawn(tell)
        });
        Ok(Flow(told.collect::<Result<_, _>>()?))
    }

    /// Waits until all is told and has its receipt.
    pub(super) fn end(self) -> Result<Told> {
        let mut all = Told::default();
        for thread in self.0 {
            let told = thread.join().ok().context("a sensor panicked")??;
            all.events += told.events;
            all.attacks += told.attacks;
            all.took = all.took.max(told.took);
            all.late.extend(told.late);
        }
        Ok(all)
    }
}

struct Source {
    client: Client,
    name: String,
}

impl Source {
    /// Tells the batches of these turns, each when it is due, or at once when it is late.
    async fn tell(
        self,
        laid: &[Batch],
        turns: impl Iterator<Item = u64>,
        due: impl Fn(u64) -> Instant,
    ) -> Result<Told> {
        let (mut told, attack) = (Told::default(), attack());
        for (number, turn) in (1..).zip(turns) {
            tokio::time::sleep_until(due(turn).into()).await;
            let is_attack = turn.is_multiple_of(RARE);
            let batch = if is_attack { &attack } else { &laid[turn as usize % LAID] };
            self.deliver(number, batch).await?;
            told.events += batch.rows() as u64;
            told.attacks += u64::from(is_attack);
            told.late.push(due(turn).elapsed());
            told.took = due(0).elapsed();
        }
        Ok(told)
    }

    /// Until there is a receipt, as sensors do.
    async fn deliver(&self, number: u64, batch: &Batch) -> Result<()> {
        loop {
            let (source, batch) = (self.name.clone(), batch.clone());
            let payload = Payload::Events(SourceBatch { source, number, lost: 0, batch });
            match self.client.publish(TOPIC, payload).await? {
                Receipt::Done => return Ok(()),
                Receipt::Busy(_) => tokio::time::sleep(BETWEEN_TRIES).await,
                other => bail!("batch {number}: {other}"),
            }
        }
    }
}

/// A batch whose last event is an attack.
fn attack() -> Batch {
    let mut events: Vec<Event> = (0..ROWS).map(event).collect();
    events[ROWS - 1].set(Field::CommandLine, ATTACK);
    Batch::from_events(&events).expect("events")
}
