//! The system calls that the sensor makes: THE LIST. Every other one is answered with `EPERM`.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::SeccompCmpArgLen::Dword;
use seccompiler::SeccompCmpOp::{self, Eq, MaskedEq};
use seccompiler::{
    BpfProgram, Error, SeccompAction, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

const MEMORY: &[c_long] = &[
    libc::SYS_brk,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
];

const THREADS: &[c_long] = &[
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_get_robust_list,
    libc::SYS_getpriority,
    libc::SYS_gettid,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_get_priority_max,
    libc::SYS_sched_get_priority_min,
    libc::SYS_sched_setscheduler,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_setpriority,
    libc::SYS_sigaltstack,
];

/// Only ever less: `no_new_privs` stays, and a filter or a domain is put on top.
const CONFINEMENT: &[c_long] = &[
    libc::SYS_capget,
    libc::SYS_capset,
    libc::SYS_landlock_add_rule,
    libc::SYS_landlock_create_ruleset,
    libc::SYS_landlock_restrict_self,
    libc::SYS_prctl,
    libc::SYS_seccomp,
];

const TIME: &[c_long] = &[
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_nanosleep,
    libc::SYS_times,
];

const SELF: &[c_long] = &[
    libc::SYS_getcwd,
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    libc::SYS_getuid,
    libc::SYS_prlimit64,
    libc::SYS_sysinfo,
    libc::SYS_umask,
    libc::SYS_uname,
];

const WAITING: &[c_long] = &[
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_eventfd2,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
];

const FILES: &[c_long] = &[
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fadvise64,
    libc::SYS_fcntl,
    libc::SYS_flock,
    libc::SYS_fstat,
    libc::SYS_fstatfs,
    libc::SYS_getdents64,
    libc::SYS_lseek,
    libc::SYS_newfstatat,
    libc::SYS_openat,
    libc::SYS_pipe2,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_read,
    libc::SYS_readlinkat,
    libc::SYS_readv,
    libc::SYS_statfs,
    libc::SYS_statx,
];

const WRITING: &[c_long] = &[
    libc::SYS_fallocate,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fdatasync,
    libc::SYS_fsync,
    libc::SYS_ftruncate,
    libc::SYS_linkat,
    libc::SYS_mkdirat,
    libc::SYS_pwrite64,
    libc::SYS_pwritev,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
    libc::SYS_utimensat,
    libc::SYS_write,
    libc::SYS_writev,
];

const TALKING: &[c_long] = &[
    libc::SYS_bind,
    libc::SYS_connect,
    libc::SYS_getpeername,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_setsockopt,
    libc::SYS_shutdown,
    libc::SYS_socketpair,
];

/// The older forms of the same, which only this architecture has.
#[cfg(target_arch = "x86_64")]
const OLDER: &[c_long] = &[
    libc::SYS_access,
    libc::SYS_arch_prctl,
    libc::SYS_chmod,
    libc::SYS_dup2,
    libc::SYS_epoll_wait,
    libc::SYS_link,
    libc::SYS_lstat,
    libc::SYS_mkdir,
    libc::SYS_open,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_readlink,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_rmdir,
    libc::SYS_select,
    libc::SYS_stat,
    libc::SYS_unlink,
];
#[cfg(target_arch = "aarch64")]
const OLDER: &[c_long] = &[libc::SYS_renameat];
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const OLDER: &[c_long] = &[];

/// Changes to files by name, and where the flags of those are that may open one for writing.
const BY_NAME: &[c_long] = &[
    libc::SYS_fchmodat,
    libc::SYS_linkat,
    libc::SYS_mkdirat,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
    libc::SYS_utimensat,
];
#[cfg(target_arch = "x86_64")]
const BY_NAME_OLDER: &[c_long] = &[
    libc::SYS_chmod,
    libc::SYS_link,
    libc::SYS_mkdir,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_rmdir,
    libc::SYS_unlink,
];
#[cfg(target_arch = "aarch64")]
const BY_NAME_OLDER: &[c_long] = &[libc::SYS_renameat];
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const BY_NAME_OLDER: &[c_long] = &[];

#[cfg(target_arch = "x86_64")]
const OPENING: &[(c_long, u8)] = &[(libc::SYS_open, 1), (libc::SYS_openat, 2)];
#[cfg(not(target_arch = "x86_64"))]
const OPENING: &[(c_long, u8)] = &[(libc::SYS_openat, 2)];

/// What an open that only reads has none of.
const WRITE_FLAGS: [i32; 5] =
    [libc::O_WRONLY, libc::O_RDWR, libc::O_CREAT, libc::O_TRUNC, libc::O_APPEND];

/// The list itself, for the whole program whose process id this is.
pub(super) fn listed(pid: u32) -> Result<BpfProgram, Error> {
    let mut rules = Rules::new();
    let groups =
        [MEMORY, THREADS, CONFINEMENT, TIME, SELF, WAITING, FILES, WRITING, TALKING, OLDER];
    rules.extend(groups.concat().into_iter().map(|call| (call, Vec::new())));
    // A thread, never a process.
    let thread = flags(libc::CLONE_THREAD);
    rules.insert(libc::SYS_clone, vec![rule(&[(0, MaskedEq(thread), thread)])?]);
    // glibc asks for `clone3`, whose flags no filter can see, and goes on when there is none.
    rules.insert(libc::SYS_clone3, Vec::new());
    rules.insert(libc::SYS_tgkill, vec![rule(&[(0, Eq, u64::from(pid))])?]);
    let netlink = [(0, Eq, flags(libc::AF_NETLINK)), (2, Eq, flags(libc::NETLINK_CONNECTOR))];
    rules.insert(libc::SYS_socket, vec![rule(&[(0, Eq, flags(libc::AF_UNIX))])?, rule(&netlink)?]);
    // Whether it is a terminal, how wide, and not to wait.
    let questions = [libc::TCGETS, libc::TIOCGWINSZ, libc::FIONBIO];
    let questions = questions.map(|question| rule(&[(1, Eq, question)]));
    rules.insert(libc::SYS_ioctl, questions.into_iter().collect::<Result<_, _>>()?);
    compile(rules, refuse(libc::EPERM), SeccompAction::Allow)
}

/// On top of the list: as if the kernel were too old for it.
pub(super) fn without_clone3() -> Result<BpfProgram, Error> {
    let rules = Rules::from([(libc::SYS_clone3, Vec::new())]);
    compile(rules, SeccompAction::Allow, refuse(libc::ENOSYS))
}

/// On top of the list, for threads that look: nothing in the file system is changed.
pub(super) fn read_only() -> Result<BpfProgram, Error> {
    let by_name = [BY_NAME, BY_NAME_OLDER].concat();
    let mut rules: Rules = by_name.into_iter().map(|call| (call, Vec::new())).collect();
    for (call, at) in OPENING {
        let any = WRITE_FLAGS.map(|flag| rule(&[(*at, MaskedEq(flags(flag)), flags(flag))]));
        rules.insert(*call, any.into_iter().collect::<Result<_, _>>()?);
    }
    compile(rules, SeccompAction::Allow, refuse(libc::EPERM))
}

/// On top of the list, for threads that speak: the kernel is not among those spoken to.
pub(super) fn speak_only() -> Result<BpfProgram, Error> {
    let netlink = rule(&[(0, Eq, flags(libc::AF_NETLINK))])?;
    let rules = Rules::from([(libc::SYS_socket, vec![netlink])]);
    compile(rules, SeccompAction::Allow, refuse(libc::EPERM))
}

/// All of the conditions: argument, comparison, value.
fn rule(conditions: &[(u8, SeccompCmpOp, u64)]) -> Result<SeccompRule, Error> {
    let condition = |(argument, operator, value): &(u8, SeccompCmpOp, u64)| {
        SeccompCondition::new(*argument, Dword, operator.clone(), *value)
    };
    let conditions = conditions.iter().map(condition).collect::<Result<_, _>>();
    Ok(SeccompRule::new(conditions?)?)
}

fn flags(constant: i32) -> u64 {
    u64::from(constant.unsigned_abs())
}

fn refuse(errno: i32) -> SeccompAction {
    SeccompAction::Errno(errno.unsigned_abs())
}

fn compile(
    rules: Rules,
    otherwise: SeccompAction,
    listed: SeccompAction,
) -> Result<BpfProgram, Error> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
    Ok(SeccompFilter::new(rules, otherwise, listed, architecture)?.try_into()?)
}
