//! A process of a sweep, read from /proc: so a sweep and the kernel's word tell one identity.

use std::collections::HashMap;

use sysinfo::{Process, ProcessRefreshKind};

use crate::collector::process::ProcessReader;
use crate::observation::Snapshot;

/// Remembers from sweep to sweep what seldom changes.
pub struct Reader {
    reader: ProcessReader,
    before: HashMap<u32, Snapshot>,
}

impl Reader {
    /// A reader that has read nothing yet.
    pub fn new(reader: ProcessReader) -> Self {
        Reader { reader, before: HashMap::new() }
    }

    /// What has to be refreshed besides processor and memory use: nothing.
    pub(super) fn needs(&self, kind: ProcessRefreshKind) -> ProcessRefreshKind {
        kind
    }

    pub(super) fn read(&self, process: &Process) -> Option<Snapshot> {
        let pid = process.pid().as_u32();
        let snapshot = self.reader.read_again(pid, self.before.get(&pid))?;
        // Without its name its stat was not read, and so it has no identity: it is gone.
        snapshot.name.is_some().then_some(snapshot)
    }

    pub(super) fn remember(&mut self, snapshots: &[Snapshot]) {
        self.before = snapshots.iter().map(|s| (s.pid, s.clone())).collect();
    }
}
