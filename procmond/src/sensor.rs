//! Joins collectors and lifecycle. One thread decides; on Linux another one listens to the kernel and
//! reads each process at once, and a third looks at connections.

mod desk;
#[cfg(target_os = "linux")]
mod ear;
pub mod errands;
mod senses;
#[cfg(target_os = "linux")]
mod watch;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use daemoneye_bus::event::Event;

use crate::clock::{self, Boot};
use crate::collector::Collector;
use crate::dials::Dials;
use crate::lifecycle::Lifecycle;
use crate::observation::Observation;
use crate::redaction::Redactor;
use desk::Desk;
use errands::{Errands, Runner};
use senses::Senses;

/// Observations that may wait for the thread that decides.
const QUEUE: usize = 65_536;

/// How the sensor looks.
#[derive(Clone)]
pub struct Settings {
    /// Between sweeps.
    pub interval: Duration,
    /// Whether to ask the kernel to tell of each process.
    pub use_connector: bool,
    /// Whether to look at connections, too.
    pub use_network: bool,
    /// Takes secrets out of command lines; nothing if they are to stay.
    pub redactor: Option<Arc<Redactor>>,
}

impl Settings {
    /// Whether there is a thread that looks at connections.
    fn looks_at_network(&self) -> bool {
        cfg!(target_os = "linux") && self.use_network
    }
}

/// What became of observations and events.
#[derive(Debug, Default)]
pub struct Counters {
    /// Events made.
    pub seen: AtomicU64,
    /// Lost, as far as known: kernel overruns, full queues, processes forgotten, batches refused.
    pub lost: AtomicU64,
    /// Of the lost, those that were shed because too much waited for the agent.
    pub shed: AtomicU64,
    /// Processes alive.
    pub processes: AtomicU64,
    /// Batches that wait for the agent's receipt.
    pub waiting: AtomicU64,
    /// Whether so much waits that the sensor sweeps less often and sheds what a sweep tells again.
    pub slow: AtomicBool,
    /// Whether events wait in memory because the disk, or the share of it that the sensor may use,
    /// is full.
    pub stuck: AtomicBool,
    /// What the operating system told while the sensor was paused, and was not reported.
    pub withheld: AtomicU64,
}

impl Counters {
    /// One more is lost.
    pub fn lose(&self) {
        self.lose_many(1);
    }

    /// So many more are lost.
    pub fn lose_many(&self, count: u64) {
        self.lost.fetch_add(count, Ordering::Relaxed);
    }

    /// One more is lost on purpose.
    pub fn shed(&self) {
        self.shed.fetch_add(1, Ordering::Relaxed);
        self.lose();
    }

    /// Whether too much waits for the agent.
    pub fn is_slow(&self) -> bool {
        self.slow.load(Ordering::Relaxed)
    }
}

/// A running sensor.
pub struct Sensor {
    /// What it sees and how.
    pub capabilities: Vec<String>,
    /// What it cannot do here, and why.
    pub degraded: Vec<String>,
    /// What can be changed while it runs.
    pub dials: Arc<Dials>,
    /// Who looks things up.
    pub errands: Errands,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Sensor {
    /// Starts looking; `emit` gets each event and must not wait.
    ///
    /// # Errors
    /// If the machine does not tell when it booted, or gives no thread.
    pub fn start(
        settings: Settings,
        counters: Arc<Counters>,
        emit: impl FnMut(Event) + Send + 'static,
    ) -> io::Result<Sensor> {
        let boot = Boot::read()?;
        let stop = Arc::new(AtomicBool::new(false));
        let (sender, observations) = sync_channel(QUEUE);
        let dials = Arc::new(Dials::new(settings.interval, settings.looks_at_network()));
        let feed = Feed {
            observations: sender,
            counters: counters.clone(),
            dials: dials.clone(),
            stop: stop.clone(),
        };
        let senses = Senses::open(&settings, boot, feed)?;
        let Senses { sweep, own_sweep, mut threads, is_told, capabilities, degraded } = senses;
        let runner = Runner { sweep: own_sweep, boot, redactor: settings.redactor.clone() };
        let (errands, run) = runner.open();
        // Ends when nobody can bring it errands any more; a long one is not waited for.
        let _ends_by_itself = spawn("errands", run)?;
        let desk = Desk {
            boot,
            lifecycle: Lifecycle::new(boot, is_told),
            redactor: settings.redactor,
            sweep,
            dials: dials.clone(),
            counters,
            stop: stop.clone(),
            emit,
        };
        threads.push(spawn("lifecycle", move || desk.run(&observations))?);
        Ok(Sensor { capabilities, degraded, dials, errands, stop, threads })
    }

    /// Stops looking and waits until the last event is emitted.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the sensor panicked");
            }
        }
    }
}

/// Every process once, as snapshots.
///
/// # Errors
/// If the machine does not tell when it booted.
pub fn look_once(redactor: Option<&Redactor>) -> io::Result<Vec<Event>> {
    let boot = Boot::read()?;
    let snapshots = senses::sweep(boot)?.collect_all()?;
    let swept = Observation::Swept { time: clock::now(), snapshots };
    let swept = clean(redactor, swept);
    Ok(Lifecycle::new(boot, false).observe(swept))
}

/// Invariant: the lifecycle remembers, and tells, only what has been here.
fn clean(redactor: Option<&Redactor>, observation: Observation) -> Observation {
    match redactor {
        Some(redactor) => redactor.clean(observation),
        None => observation,
    }
}

/// Where observations go. Never waits: what finds no room is lost and counted.
#[derive(Clone)]
struct Feed {
    observations: SyncSender<Observation>,
    counters: Arc<Counters>,
    dials: Arc<Dials>,
    stop: Arc<AtomicBool>,
}

impl Feed {
    fn offer(&self, observation: Observation) {
        if let Err(TrySendError::Full(_)) = self.observations.try_send(observation) {
            self.counters.lose();
        }
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    Builder::new().name(name.to_owned()).spawn(run)
}
