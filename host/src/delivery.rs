//! Alerts to sinks. Each sink has a thread and a bounded queue of its own, so that a dead one never
//! slows another; what a full queue sheds is counted and stays in the store.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use daemoneye_bus::alert::Alert;

use crate::config;
use crate::health::Health;
use crate::plugin::{LoadError, Receipt, Sandbox, SinkPlugin};

/// Alerts that may wait for one sink.
const QUEUE: usize = 1024;
/// Alerts in one call at most.
const GROUP: usize = 64;
/// Between tries: doubles from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(30);
/// Tries of one group while the sink faults; then its alerts count as rejected.
const TRIES_AFTER_FAULTS: u32 = 5;

/// An alert on its way: id and JSON.
type Parcel = (String, String);

/// Every sink.
pub struct Delivery {
    sinks: Vec<Route>,
    health: Arc<Health>,
}

struct Route {
    name: String,
    queue: SyncSender<Parcel>,
}

/// Why a sink is not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// Its component cannot be read.
    #[error("sink {sink}: plugin {path:?}: {cause}")]
    Read {
        /// The sink.
        sink: String,
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// Its component does not load, or refuses its configuration.
    #[error("sink {sink}: {cause}")]
    Load {
        /// The sink.
        sink: String,
        /// Why.
        cause: LoadError,
    },
    /// The operating system gives no thread.
    #[error("sink {sink}: {cause}")]
    Thread {
        /// The sink.
        sink: String,
        /// Why.
        cause: std::io::Error,
    },
}

impl Delivery {
    /// Loads every sink and starts its thread. A thread ends when the `Delivery` is gone and its
    /// queue is empty.
    ///
    /// # Errors
    /// The first sink that does not load.
    pub fn start(
        sandbox: &Sandbox,
        plugins: &Path,
        sinks: &[config::Sink],
        health: &Arc<Health>,
    ) -> Result<(Self, Vec<JoinHandle<()>>), SinkError> {
        let mut routes = Vec::new();
        let mut threads = Vec::new();
        for sink in sinks {
            let plugin = load(sandbox, plugins, sink)?;
            let (queue, parcels) = sync_channel(QUEUE);
            health.sink(&sink.name, |_| {});
            let desk = Desk { name: sink.name.clone(), plugin, health: health.clone() };
            let thread = std::thread::Builder::new().name(format!("sink {}", sink.name));
            let thread = thread.spawn(move || desk.run(&parcels));
            let name = sink.name.clone();
            threads.push(thread.map_err(|cause| SinkError::Thread { sink: name.clone(), cause })?);
            routes.push(Route { name, queue });
        }
        Ok((Delivery { sinks: routes, health: health.clone() }, threads))
    }

    /// Queues an alert for every sink; never waits.
    pub fn deliver(&self, alert: &Alert) {
        let json = serde_json::to_string(alert).expect("an alert has only text keys");
        for Route { name, queue } in &self.sinks {
            self.health.sink(name, |sink| sink.pending += 1);
            match queue.try_send((alert.id.clone(), json.clone())) {
                Ok(()) => {}
                Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                    self.health.sink(name, |sink| {
                        sink.pending -= 1;
                        sink.shed += 1;
                    });
                    let shed = format!("sink {name}: queue is full, alerts are only in the store");
                    self.health.degrade(&format!("sink {name} sheds"), shed);
                }
            }
        }
    }
}

fn load(sandbox: &Sandbox, plugins: &Path, sink: &config::Sink) -> Result<SinkPlugin, SinkError> {
    let path = plugins.join(format!("{}.wasm", sink.plugin));
    let named = || sink.name.clone();
    let bytes =
        std::fs::read(&path).map_err(|cause| SinkError::Read { sink: named(), path, cause })?;
    let configuration = serde_json::to_string(&sink.config).expect("a table has text keys");
    SinkPlugin::load(sandbox, &sink.plugin, &bytes, configuration, sink.grants.clone())
        .map_err(|cause| SinkError::Load { sink: named(), cause })
}

/// What the thread of one sink owns.
struct Desk {
    name: String,
    plugin: SinkPlugin,
    health: Arc<Health>,
}

impl Desk {
    fn run(mut self, parcels: &Receiver<Parcel>) {
        while let Ok(first) = parcels.recv() {
            let more = parcels.try_iter().take(GROUP - 1);
            let group: Vec<Parcel> = std::iter::once(first).chain(more).collect();
            self.deliver(group);
        }
    }

    /// Offers a group until every alert of it is delivered or rejected.
    fn deliver(&mut self, mut group: Vec<Parcel>) {
        let mut pause = FIRST_PAUSE;
        let mut faults = 0;
        while !group.is_empty() {
            match self.plugin.deliver(&group) {
                Ok(receipts) => {
                    faults = 0;
                    group = self.settle(group, receipts);
                }
                Err(fault) if faults + 1 < TRIES_AFTER_FAULTS => {
                    faults += 1;
                    self.say(Some(format!("fault: {fault}")));
                }
                Err(fault) => {
                    let why = format!("gave up after {TRIES_AFTER_FAULTS} faults: {fault}");
                    let all = group.iter().map(|_| Receipt::Rejected(why.clone())).collect();
                    group = self.settle(group, all);
                }
            }
            if !group.is_empty() {
                std::thread::sleep(pause);
                pause = (pause * 2).min(LAST_PAUSE);
            }
        }
    }

    /// Counts receipts; returns what is to be offered again.
    fn settle(&self, group: Vec<Parcel>, receipts: Vec<Receipt>) -> Vec<Parcel> {
        let (mut delivered, mut rejected, mut again) = (0, 0, Vec::new());
        let mut trouble = None;
        for (parcel, receipt) in group.into_iter().zip(receipts) {
            match receipt {
                Receipt::Delivered => delivered += 1,
                Receipt::Retry(why) => {
                    trouble = Some(why);
                    again.push(parcel);
                }
                Receipt::Rejected(why) => {
                    tracing::error!(sink = self.name, alert = parcel.0, "rejected: {why}");
                    rejected += 1;
                    trouble = Some(why);
                }
            }
        }
        self.health.sink(&self.name, |sink| {
            sink.delivered += delivered;
            sink.rejected += rejected;
            sink.pending -= delivered + rejected;
        });
        self.say(trouble);
        again
    }

    /// Tells the operator how the sink is.
    fn say(&self, trouble: Option<String>) {
        let key = format!("sink {}", self.name);
        match &trouble {
            Some(why) => self.health.degrade(&key, format!("sink {}: {why}", self.name)),
            None => self.health.recover(&key),
        }
        self.health.sink(&self.name, |sink| sink.fault = trouble);
    }
}
