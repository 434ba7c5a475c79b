//! A process of a sweep, as sysinfo tells it. Its start is known to the second.

use daemoneye_bus::event::Field;
use sysinfo::{Pid, Process, ProcessRefreshKind, UpdateKind};

use crate::clock::Boot;
use crate::collector::users::UserNames;
use crate::observation::{Reason, Snapshot};

/// What this reader cannot tell.
const UNSUPPORTED: [Field; 2] = [Field::EffectiveUserId, Field::Tty];

/// Turns what sysinfo knows into snapshots.
pub struct Reader {
    boot: Boot,
    users: UserNames,
}

impl Reader {
    /// A reader on a machine that booted then.
    pub fn new(boot: Boot) -> Self {
        Reader { boot, users: UserNames::default() }
    }

    /// What has to be refreshed besides processor and memory use.
    pub(super) fn needs(&self, kind: ProcessRefreshKind) -> ProcessRefreshKind {
        kind.with_exe(UpdateKind::Always)
            .with_cmd(UpdateKind::Always)
            .with_cwd(UpdateKind::OnlyIfNotSet)
            .with_user(UpdateKind::Always)
    }

    pub(super) fn read(&self, process: &Process) -> Option<Snapshot> {
        let path = |path: &std::path::Path| path.to_string_lossy().into_owned();
        let text = |text: &std::ffi::OsString| text.to_string_lossy().into_owned();
        let user_id = process.user_id().and_then(|id| id.to_string().parse().ok());
        let started = i64::try_from(process.start_time()).ok()?.saturating_mul(1_000_000);
        Some(Snapshot {
            pid: process.pid().as_u32(),
            parent: process.parent().map(Pid::as_u32),
            start_time: u64::try_from(started - self.boot.time).unwrap_or_default(),
            name: Some(process.name().to_string_lossy().into_owned()),
            executable: process.exe().map(path),
            arguments: Some(process.cmd().iter().map(text).collect()),
            cwd: process.cwd().map(path),
            user_id,
            user_name: user_id.and_then(|id| self.users.get(id)),
            session: process.session_id().map(Pid::as_u32),
            absent: UNSUPPORTED.map(|field| (field, Reason::Unsupported)).to_vec(),
            ..Snapshot::default()
        })
    }

    /// sysinfo itself remembers.
    pub(super) fn remember(&mut self, _snapshots: &[Snapshot]) {}
}
