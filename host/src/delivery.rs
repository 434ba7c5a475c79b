//! Alerts to sinks, at least once. The outbox in the store is the truth; each sink has a thread and a
//! bounded window over what it is owed, so that a dead one never slows another.
//!
//! ```text
//! policy    how patient delivery is, and how long it pauses
//! breaker   whether a sink may be called
//! queue     the window: what is offered next, and what receipts mean
//! desk      the thread of one sink
//! letters   dead letters: told, offered again, dropped; the account of each sink
//! ```
//!
//! Invariant: an alert leaves the outbox only by a receipt, as a dead letter, or by an operator.

mod breaker;
mod desk;
mod letters;
mod policy;
mod queue;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use daemoneye_store::Store;

use crate::alert::Hearing;
use crate::config;
use crate::health::Health;
use crate::plugin::{LoadError, Sandbox, SinkPlugin};
use crate::writer::Writer;
use desk::Desk;

pub use letters::{LettersError, Office};
pub use policy::Policy;

/// Every sink that is configured. A clone is the same.
#[derive(Clone)]
pub struct Delivery {
    names: Arc<[String]>,
    bells: Arc<[Bell]>,
}

/// Wakes the thread of one sink.
#[derive(Clone)]
struct Bell {
    ring: SyncSender<()>,
    /// Something older than the window is owed.
    again: Arc<AtomicBool>,
}

/// What the threads of all sinks share.
#[derive(Clone)]
pub struct Rooms {
    /// The outbox.
    pub store: Arc<Store>,
    /// Records receipts.
    pub writer: Writer,
    /// Is told what became of alerts.
    pub hearing: Arc<Hearing>,
    /// Counts.
    pub health: Arc<Health>,
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
    /// Loads every sink and starts its thread, which begins with what the sink is still owed. A
    /// thread ends when the `Delivery` is gone and nothing can be delivered at once.
    ///
    /// # Errors
    /// The first sink that does not load.
    pub fn start(
        sandbox: &Sandbox,
        plugins: &Path,
        sinks: &[config::Sink],
        rooms: &Rooms,
        policy: Policy,
    ) -> Result<(Self, Vec<JoinHandle<()>>), SinkError> {
        let (mut bells, mut threads) = (Vec::new(), Vec::new());
        for sink in sinks {
            let plugin = load(sandbox, plugins, sink)?;
            let (ring, rings) = sync_channel(1);
            let again = Arc::new(AtomicBool::new(true));
            bells.push(Bell { ring, again: again.clone() });
            rooms.health.sink(&sink.name, |status| status.configured = true);
            let desk = Desk::new(sink.name.clone(), plugin, rooms.clone(), policy, again);
            let thread = std::thread::Builder::new().name(format!("sink {}", sink.name));
            let thread = thread.spawn(move || desk.run(&rings));
            let named = |cause| SinkError::Thread { sink: sink.name.clone(), cause };
            threads.push(thread.map_err(named)?);
        }
        let names = sinks.iter().map(|sink| sink.name.clone()).collect();
        Ok((Delivery { names, bells: bells.into() }, threads))
    }

    /// The sinks that new alerts are owed to.
    pub fn sinks(&self) -> Arc<[String]> {
        self.names.clone()
    }

    /// There are new alerts in the outbox. Never waits.
    pub fn look(&self) {
        for bell in self.bells.iter() {
            let _has_been_rung_or_has_ended = bell.ring.try_send(());
        }
    }

    /// There are alerts in the outbox again that are older than others. Never waits.
    pub fn look_again(&self) {
        self.bells.iter().for_each(|bell| bell.again.store(true, Ordering::Release));
        self.look();
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
