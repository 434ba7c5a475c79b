//! All processes now and then, from sysinfo: portable, and the source of processor and memory use.
//! On Linux each process is read from /proc besides, so that sweeps and the kernel's events tell the
//! same identity.

use std::io;

use sysinfo::{Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};

use crate::observation::Snapshot;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod portable;

#[cfg(target_os = "linux")]
pub use linux::Reader;
#[cfg(not(target_os = "linux"))]
pub use portable::Reader;

/// Sweeps.
pub struct Sweep {
    /// Kept between sweeps: processor use is a difference.
    system: System,
    reader: Reader,
}

impl Sweep {
    /// A sweeper whose first sweep has no processor use yet.
    ///
    /// # Errors
    /// If this system is not supported.
    pub fn new(reader: Reader) -> io::Result<Self> {
        Ok(Sweep { system: System::new().map_err(io::Error::other)?, reader })
    }

    /// Every process that lives and can be read.
    pub fn all(&mut self) -> Vec<Snapshot> {
        let kind = ProcessRefreshKind::nothing().with_cpu().with_memory().without_tasks();
        let kind = self.reader.needs(kind);
        self.system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
        let processes = self.system.processes().values().filter(|process| is_alive(process));
        let snapshots = processes.filter_map(|process| {
            let snapshot = self.reader.read(process)?;
            let cpu = Some(f64::from(process.cpu_usage()) / 100.0);
            Some(Snapshot { cpu, memory: Some(process.memory()), ..snapshot })
        });
        let snapshots: Vec<_> = snapshots.collect();
        self.reader.remember(&snapshots);
        snapshots
    }
}

/// What has ended and waits for its parent is not alive, and a thread is no process.
fn is_alive(process: &Process) -> bool {
    let has_ended = matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead);
    !has_ended && process.thread_kind().is_none_or(|kind| kind == sysinfo::ThreadKind::Kernel)
}
