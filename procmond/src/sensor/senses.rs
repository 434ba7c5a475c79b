//! The collectors of this operating system, and what they can and cannot do here: THE LIST.

use std::io;
use std::thread::JoinHandle;

#[cfg(target_os = "linux")]
use super::ear::Ear;
#[cfg(target_os = "linux")]
use super::spawn;
#[cfg(target_os = "linux")]
use super::watch::{News, Watch};
use super::{Feed, Settings};
use crate::clock::Boot;
use crate::collector::sweep::Sweep;
use crate::collector::{Collector, Health};
#[cfg(target_os = "linux")]
use crate::collector::{
    connector::Connector, hash::Hasher, network::Network, process::ProcessReader, users::UserNames,
};

/// What a sensor that only sweeps does not see.
pub(super) const SHORT: &str = "processes that live shorter than the interval are not seen";
/// What an operator has asked for.
const UNREDACTED: &str = "redaction is switched off: secrets in command lines are kept";

/// What there is to look with.
pub(super) struct Senses {
    pub(super) sweep: Sweep,
    /// For errands.
    pub(super) own_sweep: Sweep,
    /// Threads that look or listen besides the sweep.
    pub(super) threads: Vec<JoinHandle<()>>,
    /// Whether the kernel tells of each process.
    pub(super) is_told: bool,
    pub(super) capabilities: Vec<String>,
    pub(super) degraded: Vec<String>,
}

impl Senses {
    /// The sweeps alone.
    fn new([sweep, own_sweep]: [Sweep; 2]) -> Self {
        let mut senses = Senses {
            sweep,
            own_sweep,
            threads: Vec::new(),
            is_told: false,
            capabilities: Vec::new(),
            degraded: Vec::new(),
        };
        let (can, health) = (senses.sweep.capabilities(), senses.sweep.health());
        senses.note(can, health);
        senses
    }

    fn note(&mut self, capabilities: &[&str], health: Health) {
        self.capabilities.extend(capabilities.iter().map(|one| (*one).to_owned()));
        if let Health::Degraded(reason) = health {
            self.degraded.push(reason);
        }
    }

    /// What the operator switched off.
    fn note_settings(&mut self, settings: &Settings) {
        if !settings.use_connector {
            self.degraded.push(format!("proc connector is switched off; {SHORT}"));
        }
        if settings.redactor.is_none() {
            self.degraded.push(UNREDACTED.to_owned());
        }
    }
}

#[cfg(target_os = "linux")]
impl Senses {
    /// Everything that the settings ask for and the system allows.
    pub(super) fn open(settings: &Settings, _boot: Boot, feed: Feed) -> io::Result<Self> {
        let reader = reader()?;
        let mut senses = Senses::new([reader.clone(), reader.clone()].map(Sweep::new));
        if settings.use_connector {
            senses.listen(reader, feed.clone())?;
        }
        if settings.use_network {
            senses.watch(Network::default(), feed)?;
        }
        senses.note_settings(settings);
        Ok(senses)
    }

    /// The thread that listens to the kernel, if the kernel tells.
    fn listen(&mut self, reader: ProcessReader, feed: Feed) -> io::Result<()> {
        match Connector::open(reader) {
            Ok(connector) => {
                self.note(connector.capabilities(), connector.health());
                let ear = Ear::new(connector, feed);
                self.threads.push(spawn("connector", move || ear.run())?);
                self.is_told = true;
            }
            Err(error) => self.degraded.push(format!("proc connector: {error}; {SHORT}")),
        }
        Ok(())
    }

    /// A thread that asks a collector now and then what is new.
    fn watch<C>(&mut self, collector: C, feed: Feed) -> io::Result<()>
    where
        C: Collector<Seen: News> + 'static,
    {
        self.note(collector.capabilities(), collector.health());
        let name = collector.name();
        let watch = Watch::new(collector, feed);
        self.threads.push(spawn(name, move || watch.run())?);
        Ok(())
    }
}

#[cfg(target_os = "linux")]
fn reader() -> io::Result<ProcessReader> {
    Ok(ProcessReader::new(Hasher::start()?, UserNames::default()))
}

/// A sweeper for a single look.
#[cfg(target_os = "linux")]
pub(super) fn sweep(_boot: Boot) -> io::Result<Sweep> {
    Ok(Sweep::new(ProcessReader::without_hashes(UserNames::default())))
}

#[cfg(not(target_os = "linux"))]
impl Senses {
    /// Everything that the settings ask for and the system allows.
    pub(super) fn open(settings: &Settings, boot: Boot, _feed: Feed) -> io::Result<Self> {
        let mut senses = Senses::new([sweep(boot)?, sweep(boot)?]);
        if settings.use_connector {
            senses.degraded.push(format!("this kernel does not tell of processes; {SHORT}"));
        }
        senses.note_settings(settings);
        Ok(senses)
    }
}

/// A sweeper of its own.
#[cfg(not(target_os = "linux"))]
pub(super) fn sweep(boot: Boot) -> io::Result<Sweep> {
    Sweep::new(boot)
}
