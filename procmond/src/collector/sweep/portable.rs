//! Sweeps as sysinfo tells them, on every operating system. A start is known to the second.

use std::io;

use daemoneye_bus::event::Field;
use sysinfo::{
    Pid, Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, ThreadKind,
    UpdateKind,
};

use crate::clock::Boot;
use crate::collector::users::UserNames;
use crate::collector::{Collector, Health};
use crate::observation::{Reason, Snapshot};

/// What this collector cannot tell.
const UNSUPPORTED: [Field; 6] = [
    Field::EffectiveUserId,
    Field::GroupId,
    Field::Tty,
    Field::ContainerId,
    Field::ExecutableState,
    Field::ExecutableHashState,
];

/// Sweeps.
pub struct Sweep {
    /// Kept between sweeps: processor use is a difference.
    system: System,
    boot: Boot,
    users: UserNames,
}

impl Sweep {
    /// A sweeper, on a machine that booted then, whose first sweep has no processor use yet.
    ///
    /// # Errors
    /// If this system is not supported.
    pub fn new(boot: Boot) -> io::Result<Self> {
        let system = System::new().map_err(io::Error::other)?;
        Ok(Sweep { system, boot, users: UserNames::default() })
    }

    fn look(&mut self, which: ProcessesToUpdate<'_>) {
        let kind = ProcessRefreshKind::nothing().with_cpu().with_memory().without_tasks();
        let kind = kind
            .with_exe(UpdateKind::Always)
            .with_cmd(UpdateKind::Always)
            .with_cwd(UpdateKind::OnlyIfNotSet)
            .with_user(UpdateKind::Always);
        self.system.refresh_processes_specifics(which, true, kind);
    }

    fn read(&self, process: &Process) -> Option<Snapshot> {
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
            cpu: Some(f64::from(process.cpu_usage()) / 100.0),
            memory: Some(process.memory()),
            is_kernel_thread: process.thread_kind() == Some(ThreadKind::Kernel),
            absent: UNSUPPORTED.map(|field| (field, Reason::Unsupported)).to_vec(),
            ..Snapshot::default()
        })
    }
}

impl Collector for Sweep {
    type Seen = Snapshot;

    fn name(&self) -> &'static str {
        "sysinfo"
    }

    fn capabilities(&self) -> &'static [&'static str] {
        &["sweeps"]
    }

    fn collect_all(&mut self) -> io::Result<Vec<Snapshot>> {
        self.look(ProcessesToUpdate::All);
        let alive = self.system.processes().values().filter(|process| is_alive(process));
        Ok(alive.filter_map(|process| self.read(process)).collect())
    }

    fn collect_one(&mut self, pid: u32) -> io::Result<Vec<Snapshot>> {
        let pid = Pid::from_u32(pid);
        self.look(ProcessesToUpdate::Some(&[pid]));
        let process = self.system.process(pid).filter(|process| is_alive(process));
        Ok(process.and_then(|process| self.read(process)).into_iter().collect())
    }

    fn health(&self) -> Health {
        Health::Good
    }
}

/// What has ended and waits for its parent is not alive, and a thread is no process.
fn is_alive(process: &Process) -> bool {
    let has_ended = matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead);
    !has_ended && process.thread_kind().is_none_or(|kind| kind == ThreadKind::Kernel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_itself_is_seen_alone_as_among_all() {
        let mut sweep = Sweep::new(Boot::read().expect("a boot")).expect("a system");
        let own = std::process::id();
        let all = sweep.collect_all().expect("processes");
        let among = all.iter().find(|one| one.pid == own).expect("this process").clone();
        let alone = sweep.collect_one(own).expect("processes").pop().expect("this process");
        assert_eq!(among.executable.as_deref(), std::env::current_exe().expect("one").to_str());
        assert_eq!(among.arguments, Some(std::env::args().collect()));
        assert_eq!((alone.start_time, alone.executable), (among.start_time, among.executable));
        assert_eq!(sweep.collect_one(u32::MAX - 1).expect("processes"), []);
    }
}
