//! Capabilities, seccomp and Landlock.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use daemoneye_bus::control::Measure;
use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus,
    Scope, path_beneath_rules,
};
use rustix::io::Errno;
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, capability_is_in_bounding_set,
    remove_capability_from_bounding_set, set_capabilities, set_no_new_privs,
};
use seccompiler::{BpfProgram, apply_filter};

use super::{calls, proof};

/// The programs and directories of other users' processes, and programs that only their owner may
/// read.
const LOOKS: CapabilitySet = CapabilitySet::SYS_PTRACE.union(CapabilitySet::DAC_READ_SEARCH);
/// Opening the proc connector with a large buffer, and letting its thread go first.
const OPENS: CapabilitySet = CapabilitySet::NET_ADMIN.union(CapabilitySet::SYS_NICE);
/// Filters of every thread: the list, `clone3`, and that it only reads or only speaks.
const FILTERS: u64 = 3;
/// The latest version of Landlock that is asked for; older kernels do what they can.
const LANDLOCK: ABI = ABI::V7;

/// Why a measure is not in force.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Lack {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Filter(#[from] seccompiler::Error),
    #[error(transparent)]
    Landlock(#[from] landlock::RulesetError),
    #[error("this kernel has none, it is switched off, or a filter of system calls forbids it")]
    NoLandlock,
    #[error("tried and not refused: {0}")]
    Permitted(String),
    #[error("thread {name:?} {problem}")]
    Thread { name: String, problem: &'static str },
    #[error("CAP_DAC_OVERRIDE is kept, as {path:?} belongs to user {uid}")]
    Override { path: PathBuf, uid: u32 },
    #[error("dropping it takes CAP_SETPCAP")]
    NoSetpcap,
}

impl From<Errno> for Lack {
    fn from(error: Errno) -> Self {
        Lack::Io(error.into())
    }
}

/// How far the confinement has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confinement {
    own: Vec<PathBuf>,
    speaks: CapabilitySet,
    measures: Vec<Measure>,
}

impl Confinement {
    /// Confines the thread that calls, and so each that it starts from now on. `own`: directories that
    /// may be written later on, and are made if they are missing; `socket`: what is connected to.
    pub fn begin(own: Vec<PathBuf>, socket: Option<&Path>) -> Self {
        let mut confinement = Confinement { own, speaks: CapabilitySet::empty(), measures: vec![] };
        confinement.note("bounding set", "no capability comes back", drop_bounding_set());
        let stranger = socket.map_or(Ok(()), belongs_to_us);
        if stranger.is_err() {
            confinement.speaks = CapabilitySet::DAC_OVERRIDE;
        }
        let made = make(&confinement.own);
        let privileges = set_no_new_privs(true).map_err(Lack::from);
        confinement.note("no_new_privs", "no program gives any", privileges);
        let kept = keep(LOOKS | OPENS | confinement.speaks).and(stranger).and(made);
        confinement.note("capabilities", "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH at most", kept);
        let calls = filter().and_then(|()| proof::no_network()).and_then(|()| proof::no_programs());
        confinement.note("seccomp", "no network socket, no new process", calls);
        confinement
    }

    /// Confines a thread that speaks, and each that it starts, to the sensor's own directories. What
    /// it inherits is not done again.
    ///
    /// # Errors
    /// What is not in force, in words. The rest is.
    pub fn speak(&self) -> Result<(), String> {
        if proof::speaks_only() {
            return Ok(());
        }
        let landlock = restrict(&self.own);
        let calls = calls::speak_only().map_err(Lack::from).and_then(|filter| apply(&filter));
        landlock.and(calls).and(keep(self.speaks)).map_err(|lack| lack.to_string())
    }

    /// The same for the thread that calls; then all threads are held against what was promised. Those
    /// that look have been started.
    #[must_use]
    pub fn seal(mut self) -> Vec<Measure> {
        let spoken = self
            .speak()
            .and_then(|()| proof::no_writing_outside(&self.own).map_err(|lack| lack.to_string()));
        self.measures.push(Measure::tried("landlock", "writes its own directories only", spoken));
        let threads = proof::every_thread(LOOKS | self.speaks, FILTERS);
        self.note("threads", "those that look have the capabilities, and write no file", threads);
        self.measures
    }

    fn note(&mut self, name: &str, effect: &str, result: Result<(), Lack>) {
        let result = result.map_err(|lack| lack.to_string());
        self.measures.push(Measure::tried(name, effect, result));
    }
}

/// Confines a thread that looks, when it has opened what it looks with.
pub fn settle() {
    let read_only = calls::read_only().map_err(Lack::from);
    let settled = keep(LOOKS).and(read_only).and_then(|filter| apply(&filter));
    if let Err(lack) = settled {
        tracing::warn!("a thread that looks is not confined: {lack}");
    }
}

/// Whether the programs of other users' processes can be seen.
pub fn sees_others() -> bool {
    capabilities(None).is_ok_and(|has| has.effective.contains(CapabilitySet::SYS_PTRACE))
}

/// Of what the thread has.
fn keep(wanted: CapabilitySet) -> Result<(), Lack> {
    let kept = capabilities(None)?.permitted & wanted;
    let inheritable = CapabilitySet::empty();
    Ok(set_capabilities(None, CapabilitySets { effective: kept, permitted: kept, inheritable })?)
}

/// Landlock knows directories that are there.
fn make(own: &[PathBuf]) -> Result<(), Lack> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    own.iter().try_for_each(|path| Ok(builder.create(path)?))
}

fn drop_bounding_set() -> Result<(), Lack> {
    for number in 0..u64::BITS {
        let capability = CapabilitySet::from_bits_retain(1 << number);
        match capability_is_in_bounding_set(capability) {
            Ok(true) => {}
            Ok(false) => continue,
            // The kernel knows no more.
            Err(_) => break,
        }
        match remove_capability_from_bounding_set(capability) {
            Err(Errno::PERM) => return Err(Lack::NoSetpcap),
            removed => removed?,
        }
    }
    Ok(())
}

/// Root without capabilities cannot connect to the socket of another user.
fn belongs_to_us(socket: &Path) -> Result<(), Lack> {
    let own = rustix::process::geteuid();
    let found = [Some(socket), socket.parent()].into_iter().flatten();
    let found = found.filter_map(|path| Some((path, path.metadata().ok()?.uid()))).next();
    match found {
        Some((path, uid)) if own.is_root() && uid != own.as_raw() => {
            Err(Lack::Override { path: path.to_owned(), uid })
        }
        _ => Ok(()),
    }
}

fn filter() -> Result<(), Lack> {
    apply(&calls::listed(std::process::id())?)?;
    apply(&calls::without_clone3()?)
}

fn apply(filter: &BpfProgram) -> Result<(), Lack> {
    Ok(apply_filter(filter)?)
}

/// Reading /proc stays: the sensor looks at itself.
fn restrict(own: &[PathBuf]) -> Result<(), Lack> {
    let all = AccessFs::from_all(LANDLOCK);
    let own = path_beneath_rules(own, all & !AccessFs::Execute);
    let read = path_beneath_rules(["/proc"], AccessFs::ReadFile | AccessFs::ReadDir);
    let rules = Ruleset::default()
        .handle_access(all)?
        .handle_access(AccessNet::from_all(LANDLOCK))?
        .scope(Scope::from_all(LANDLOCK))?
        .create()?;
    match rules.add_rules(own)?.add_rules(read)?.restrict_self()?.ruleset {
        RulesetStatus::NotEnforced => Err(Lack::NoLandlock),
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Ok(()),
    }
}
