//! What the sensor itself finds wrong with a process, without any rule.

use daemoneye_bus::alert::Severity;

use crate::clock::Boot;
use crate::observation::{ExecutableState, Snapshot};

/// Clocks of one machine agree this well, microseconds.
const FUTURE: i64 = 2_000_000;

/// Names that threads of the Linux kernel have, up to a `/` or digits.
const KERNEL_NAMES: &[&str] = &[
    "kworker",
    "kthreadd",
    "ksoftirqd",
    "kswapd",
    "migration",
    "rcu_preempt",
    "rcu_sched",
    "khugepaged",
    "kcompactd",
    "kdevtmpfs",
    "kauditd",
    "watchdogd",
    "kblockd",
    "irq",
    "scsi_eh",
    "jbd2",
    "cpuhp",
    "idle_inject",
    "kintegrityd",
    "oom_reaper",
    "writeback",
];

/// One reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Suspicion {
    /// Its start time lies in the future.
    StartsInTheFuture,
    /// Its program's file is gone, and it runs on.
    ExecutableDeleted,
    /// Its program's file is gone, another one has the path, and it runs on.
    ExecutableReplaced,
    /// Its program never was a file.
    ExecutableInMemory,
    /// It calls itself like a thread of the kernel, and has a program.
    KernelName,
    /// It has the number of a process whose end nobody told of.
    PidReused,
    /// Its parent has ended, and another process is its parent now.
    Reparented,
}

impl Suspicion {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Suspicion::StartsInTheFuture => "start time in the future",
            Suspicion::ExecutableDeleted => "executable deleted while running",
            Suspicion::ExecutableReplaced => "executable replaced while running",
            Suspicion::ExecutableInMemory => "executable is anonymous memory",
            Suspicion::KernelName => "name of a kernel thread with an executable",
            Suspicion::PidReused => "pid of a process whose end was not seen",
            Suspicion::Reparented => "parent ended and another process took its place",
        }
    }

    pub(super) fn severity(self) -> Severity {
        match self {
            // A daemon does this on purpose.
            Suspicion::Reparented => Severity::Info,
            Suspicion::PidReused => Severity::Low,
            // An upgrade does this to what runs.
            Suspicion::ExecutableReplaced | Suspicion::StartsInTheFuture => Severity::Medium,
            Suspicion::ExecutableDeleted | Suspicion::ExecutableInMemory => Severity::High,
            Suspicion::KernelName => Severity::Critical,
        }
    }
}

/// All that is suspicious about a process as it is at this time. The other suspicions are about what
/// became of it.
pub(super) fn of(snapshot: &Snapshot, time: i64, boot: Boot) -> Vec<Suspicion> {
    let started = boot.time.saturating_add_unsigned(snapshot.start_time);
    let state = snapshot.executable_state;
    let table = [
        (Suspicion::StartsInTheFuture, started > time.saturating_add(FUTURE)),
        (Suspicion::ExecutableDeleted, state == Some(ExecutableState::Deleted)),
        (Suspicion::ExecutableReplaced, state == Some(ExecutableState::Replaced)),
        (Suspicion::ExecutableInMemory, state == Some(ExecutableState::Memfd)),
        (Suspicion::KernelName, snapshot.executable.is_some() && has_kernel_name(snapshot)),
    ];
    table.into_iter().filter(|(_, holds)| *holds).map(|(suspicion, _)| suspicion).collect()
}

fn has_kernel_name(snapshot: &Snapshot) -> bool {
    let argument = snapshot.arguments.as_ref().and_then(|arguments| arguments.first());
    let bracketed = argument.and_then(|text| text.strip_prefix('[')?.strip_suffix(']'));
    let names = [bracketed, snapshot.name.as_deref()];
    names.into_iter().flatten().any(is_kernel_name)
}

fn is_kernel_name(name: &str) -> bool {
    let base = name.split('/').next().unwrap_or(name);
    KERNEL_NAMES.iter().any(|known| {
        let rest = base.strip_prefix(known);
        rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
    })
}
