//! Joins collectors and lifecycle. One thread decides; on Linux another one listens to the kernel and
//! reads each process at once.

mod desk;
#[cfg(target_os = "linux")]
mod ear;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use daemoneye_bus::event::Event;

use crate::clock::{self, Boot};
use crate::collector::sweep::{Reader, Sweep};
use crate::lifecycle::Lifecycle;
use crate::observation::Observation;
use desk::Desk;

/// Observations that may wait for the thread that decides.
const QUEUE: usize = 65_536;

/// What a sensor that only sweeps does not see.
const SHORT: &str = "processes that live shorter than the interval are not seen";

/// How the sensor looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Between sweeps.
    pub interval: Duration,
    /// Whether to ask the kernel to tell of each process.
    pub use_connector: bool,
}

/// What became of observations and events.
#[derive(Debug, Default)]
pub struct Counters {
    /// Events made.
    pub seen: AtomicU64,
    /// Lost, as far as known: kernel overruns, full queues, processes forgotten, batches refused.
    pub lost: AtomicU64,
    /// Processes alive.
    pub processes: AtomicU64,
}

impl Counters {
    /// One more is lost.
    pub fn lose(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }
}

/// A running sensor.
pub struct Sensor {
    /// What it sees and how.
    pub capabilities: Vec<String>,
    /// What it cannot do here, and why.
    pub degraded: Vec<String>,
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
        let feed = Feed { observations: sender, counters: counters.clone(), stop: stop.clone() };
        let mut senses = Senses::open(boot)?;
        let ear = settings.use_connector.then(|| senses.listen(feed)).transpose()?.flatten();
        if !settings.use_connector {
            senses.degraded.push(format!("proc connector is switched off; {SHORT}"));
        }
        let desk = Desk {
            lifecycle: Lifecycle::new(boot, ear.is_some()),
            sweep: Sweep::new(senses.reader)?,
            interval: settings.interval,
            counters,
            stop: stop.clone(),
            emit,
        };
        let desk = spawn("lifecycle", move || desk.run(&observations))?;
        let threads = ear.into_iter().chain([desk]).collect();
        let Senses { capabilities, degraded, .. } = senses;
        Ok(Sensor { capabilities, degraded, stop, threads })
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
pub fn look_once() -> io::Result<Vec<Event>> {
    let boot = Boot::read()?;
    let snapshots = Sweep::new(Senses::open(boot)?.reader)?.all();
    let swept = Observation::Swept { time: clock::now(), snapshots };
    Ok(Lifecycle::new(boot, false).observe(swept))
}

/// Where observations go. Never waits: what finds no room is lost and counted.
struct Feed {
    observations: SyncSender<Observation>,
    counters: Arc<Counters>,
    stop: Arc<AtomicBool>,
}

/// What there is to look with.
struct Senses {
    reader: Reader,
    #[cfg(target_os = "linux")]
    processes: crate::collector::process::ProcessReader,
    capabilities: Vec<String>,
    degraded: Vec<String>,
}

#[cfg(target_os = "linux")]
impl Senses {
    fn open(_boot: Boot) -> io::Result<Self> {
        use crate::collector::{hash::Hasher, process::ProcessReader, users::UserNames};
        let processes = ProcessReader::new(Hasher::start()?, UserNames::default());
        let reader = Reader::new(processes.clone());
        let capabilities = vec!["sweeps".to_owned(), "executable hashes".to_owned()];
        let mut degraded = Vec::new();
        if !crate::confinement::sees_others() {
            let others =
                "no CAP_SYS_PTRACE: programs and directories of other users' processes are hidden";
            degraded.push(others.to_owned());
        }
        Ok(Senses { reader, processes, capabilities, degraded })
    }

    /// The thread that listens to the kernel, if the kernel tells.
    fn listen(&mut self, feed: Feed) -> io::Result<Option<JoinHandle<()>>> {
        match crate::collector::connector::Connector::open() {
            Ok(connector) => {
                let ear = ear::Ear::new(connector, self.processes.clone(), feed);
                self.capabilities.insert(0, "proc connector".to_owned());
                spawn("connector", move || ear.run()).map(Some)
            }
            Err(error) => {
                self.degraded.push(format!("proc connector: {error}; {SHORT}"));
                Ok(None)
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Senses {
    fn open(boot: Boot) -> io::Result<Self> {
        let capabilities = vec!["sweeps".to_owned()];
        Ok(Senses { reader: Reader::new(boot), capabilities, degraded: Vec::new() })
    }

    fn listen(&mut self, _feed: Feed) -> io::Result<Option<JoinHandle<()>>> {
        self.degraded.push(format!("this kernel does not tell of processes; {SHORT}"));
        Ok(None)
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    Builder::new().name(name.to_owned()).spawn(run)
}
