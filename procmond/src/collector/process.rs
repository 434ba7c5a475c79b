//! One process, read from /proc at once. It may end while it is read: first comes what is lost with
//! it and what rules ask for most.

mod parse;

use std::fs::{self, File};
use std::io::{self, Read};

use daemoneye_bus::event::Field;
use procfs::FromRead;
use procfs::process::Stat;

use super::hash::Hasher;
use super::users::UserNames;
use crate::observation::{ExecutableState, Reason, Snapshot};

/// Flag of threads of the kernel, `PF_KTHREAD` in `include/linux/sched.h`.
const KERNEL_THREAD: u32 = 0x0020_0000;

/// Most files are shorter, bytes.
const FIRST_READ: usize = 4096;
/// More than this is not read of any file, bytes: more than an event may hold of one field.
const MAX_FILE_BYTES: u64 = 256 << 10;

/// Reads processes. Cheap to clone.
#[derive(Clone)]
pub struct ProcessReader {
    users: UserNames,
    hasher: Option<Hasher>,
    ticks_per_second: u64,
    page_bytes: u64,
}

/// A process that has been read.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// The process.
    pub snapshot: Snapshot,
    /// Processor time until now, microseconds.
    pub processor_time: u64,
    /// It has ended and waits for its parent.
    pub has_ended: bool,
}

/// What seldom changes about a process, from one sweep to the next.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Surroundings {
    start_time: u64,
    cwd: Option<String>,
    container: Option<String>,
    absent: Vec<(Field, Reason)>,
}

impl Surroundings {
    const FIELDS: [Field; 2] = [Field::WorkingDirectory, Field::ContainerId];

    /// Those of this process.
    pub fn of(snapshot: &Snapshot) -> Self {
        let absent = snapshot.absent.iter().filter(|(field, _)| Self::FIELDS.contains(field));
        Surroundings {
            start_time: snapshot.start_time,
            cwd: snapshot.cwd.clone(),
            container: snapshot.container.clone(),
            absent: absent.copied().collect(),
        }
    }
}

/// Every process, by number; threads are none.
///
/// # Errors
/// If /proc cannot be read.
pub fn pids() -> io::Result<Vec<u32>> {
    let entries = fs::read_dir("/proc")?.flatten();
    let mut pids: Vec<u32> =
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    pids.sort_unstable();
    Ok(pids)
}

impl ProcessReader {
    /// A reader that asks these for hashes and names.
    pub fn new(hasher: Hasher, users: UserNames) -> Self {
        ProcessReader { hasher: Some(hasher), ..ProcessReader::without_hashes(users) }
    }

    /// A reader for a single look, which would be over before a hash is there.
    pub fn without_hashes(users: UserNames) -> Self {
        let (hasher, ticks_per_second) = (None, procfs::ticks_per_second());
        ProcessReader { users, hasher, ticks_per_second, page_bytes: procfs::page_size() }
    }

    /// Whatever can still be read of a process; nothing if that is nothing.
    pub fn read(&self, pid: u32) -> Option<Snapshot> {
        self.look(pid, None).map(|sighting| sighting.snapshot)
    }

    /// The same with what changes all the time. For a process that was read before, what seldom
    /// changes is taken over.
    pub fn look(&self, pid: u32, before: Option<&Surroundings>) -> Option<Sighting> {
        let mut found = Reading { pid, snapshot: Snapshot { pid, ..Snapshot::default() } };
        let arguments = found.file(Field::CommandLine, "cmdline");
        let executable = found.link(Field::ExecutablePath, "exe");
        // Until here it is gone with the program; from here on, when the parent has taken notice.
        let stat = found.file(Field::StartTime, "stat").and_then(|bytes| parse::<Stat>(&bytes));
        if arguments.is_none() && executable.is_none() && stat.is_none() {
            return None;
        }
        match &self.hasher {
            Some(hasher) => found.snapshot.hash = executable.is_some().then(|| hasher.look(pid)),
            None => found.snapshot.absent.push((Field::ExecutableHashState, Reason::Unsupported)),
        }
        found.program(arguments.as_deref(), executable);
        if let Some(stat) = &stat {
            found.stat(stat, self.ticks_per_second, self.page_bytes);
        }
        self.owner(&mut found);
        match before.filter(|before| before.start_time == found.snapshot.start_time) {
            Some(before) => found.remember(before),
            None => found.surroundings(),
        }
        let ticks = stat.as_ref().map_or(0, |stat| stat.utime + stat.stime);
        Some(Sighting {
            snapshot: found.finish(),
            processor_time: self.microseconds(ticks),
            has_ended: stat.is_some_and(|stat| matches!(stat.state, 'Z' | 'X')),
        })
    }

    fn microseconds(&self, ticks: u64) -> u64 {
        ticks.saturating_mul(1_000_000) / self.ticks_per_second.max(1)
    }

    /// Whether a process has more than one thread.
    pub fn has_threads(&self, pid: u32) -> bool {
        let stat = read_file(pid, "stat").ok().and_then(|bytes| parse::<Stat>(&bytes));
        stat.is_some_and(|stat| stat.num_threads > 1)
    }

    /// The name of a user, if there is one.
    pub fn user_name(&self, id: u32) -> Option<String> {
        self.users.get(id)
    }

    fn owner(&self, found: &mut Reading) {
        let status = found.file(Field::UserId, "status");
        let Some(ids) = status.and_then(|status| parse::ids(&status)) else { return };
        found.snapshot.user_id = Some(ids.user);
        found.snapshot.effective_user_id = Some(ids.effective_user);
        found.snapshot.group_id = Some(ids.group);
        found.snapshot.user_name = self.users.get(ids.user);
    }
}

/// The kernel writes these files when they are read: what does not fill the buffer is all there is.
fn read_file(pid: u32, name: &str) -> io::Result<Vec<u8>> {
    let mut file = File::open(format!("/proc/{pid}/{name}"))?;
    let mut bytes = vec![0; FIRST_READ];
    let length = file.read(&mut bytes)?;
    bytes.truncate(length);
    if length == FIRST_READ {
        file.take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Names are bytes that belong to whoever started the process: what is no UTF-8 is replaced before
/// it is parsed.
fn parse<T: FromRead>(bytes: &[u8]) -> Option<T> {
    T::from_read(String::from_utf8_lossy(bytes).as_bytes()).ok()
}

/// A process that is being read.
struct Reading {
    pid: u32,
    snapshot: Snapshot,
}

impl Reading {
    fn file(&mut self, field: Field, name: &str) -> Option<Vec<u8>> {
        let read = read_file(self.pid, name);
        self.note(field, read)
    }

    fn link(&mut self, field: Field, name: &str) -> Option<String> {
        let read = fs::read_link(format!("/proc/{}/{name}", self.pid));
        Some(self.note(field, read)?.to_string_lossy().into_owned())
    }

    fn note<T>(&mut self, field: Field, read: io::Result<T>) -> Option<T> {
        let reason = match &read {
            Ok(_) => return read.ok(),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Reason::Denied,
            Err(_) => Reason::Gone,
        };
        self.snapshot.absent.push((field, reason));
        None
    }

    fn program(&mut self, arguments: Option<&[u8]>, executable: Option<String>) {
        match arguments {
            // A process that has just ended has none any more; a living one may have erased them.
            Some([]) if executable.is_none() => {
                self.snapshot.absent.push((Field::CommandLine, Reason::Gone));
            }
            Some([]) => self.snapshot.absent.push((Field::CommandLine, Reason::None)),
            Some(bytes) => self.snapshot.arguments = Some(parse::split(bytes)),
            None => {}
        }
        if let Some(executable) = executable {
            let (path, state) = parse::place(executable);
            let state = match state {
                ExecutableState::Deleted if self.has_file(&path) => ExecutableState::Replaced,
                state => state,
            };
            self.snapshot.executable = Some(path);
            self.snapshot.executable_state = Some(state);
        }
    }

    /// Whether there is a file at this path, on the disk as the process sees it.
    fn has_file(&self, path: &str) -> bool {
        fs::symlink_metadata(format!("/proc/{}/root{path}", self.pid)).is_ok()
    }

    fn stat(&mut self, stat: &Stat, ticks_per_second: u64, page_bytes: u64) {
        self.snapshot.is_kernel_thread = stat.flags & KERNEL_THREAD != 0;
        self.snapshot.name = Some(stat.comm.clone());
        self.snapshot.parent = u32::try_from(stat.ppid).ok().filter(|parent| *parent != 0);
        self.snapshot.start_time =
            stat.starttime.saturating_mul(1_000_000) / ticks_per_second.max(1);
        self.snapshot.memory = Some(stat.rss.saturating_mul(page_bytes));
        self.snapshot.session = u32::try_from(stat.session).ok();
        self.snapshot.tty = parse::terminal(stat.tty_nr());
    }

    fn surroundings(&mut self) {
        self.snapshot.cwd = self.link(Field::WorkingDirectory, "cwd");
        let control_groups = self.file(Field::ContainerId, "cgroup").unwrap_or_default();
        self.snapshot.container = parse::container(&String::from_utf8_lossy(&control_groups));
    }

    fn remember(&mut self, before: &Surroundings) {
        self.snapshot.cwd.clone_from(&before.cwd);
        self.snapshot.container.clone_from(&before.container);
        self.snapshot.absent.extend(&before.absent);
    }

    /// A thread of the kernel has no program, which is no loss.
    fn finish(mut self) -> Snapshot {
        if self.snapshot.is_kernel_thread {
            for (_, reason) in &mut self.snapshot.absent {
                *reason = Reason::None;
            }
        }
        self.snapshot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader() -> ProcessReader {
        ProcessReader::new(Hasher::start().expect("a thread"), UserNames::default())
    }

    #[test]
    fn the_test_itself_is_read_whole() {
        let own = std::process::id();
        let snapshot = reader().read(own).expect("this process");
        let program = std::env::current_exe().expect("a program");
        assert_eq!(snapshot.executable.as_deref(), program.to_str());
        assert_eq!(snapshot.arguments, Some(std::env::args().collect()));
        assert_eq!(snapshot.executable_state, Some(ExecutableState::OnDisk));
        assert_eq!(snapshot.cwd, Some(std::env::current_dir().expect("one").display().to_string()));
        assert_eq!(snapshot.parent, Some(std::os::unix::process::parent_id()));
        assert!(snapshot.absent.is_empty(), "{:?}", snapshot.absent);
    }

    #[test]
    fn a_second_reading_is_the_same_as_the_first() {
        let (reader, own) = (reader(), std::process::id());
        let first = reader.read(own).expect("this process");
        let before = Surroundings::of(&first);
        let again = reader.look(own, Some(&before)).expect("this process").snapshot;
        let same = |snapshot| Snapshot { hash: None, memory: None, ..snapshot };
        assert_eq!(same(again), same(first));
    }

    #[test]
    fn a_process_that_has_ended_and_waits_for_its_parent_says_what_is_gone() {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let mut child = std::process::Command::new("true").spawn().expect("true");
        let (reader, pid) = (reader(), child.id());
        // Waits for the end and leaves the dead process where it is.
        let child_id = Pid::from_raw(i32::try_from(pid).expect("a pid")).expect("a pid");
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(child_id), options).expect("it ends");
        let ended = reader.read(pid).expect("not waited for yet");
        child.wait().expect("it has ended");
        assert!(ended.absent.contains(&(Field::ExecutablePath, Reason::Gone)), "{ended:?}");
        assert!(ended.absent.contains(&(Field::CommandLine, Reason::Gone)), "{ended:?}");
        assert_eq!(ended.parent, Some(std::process::id()));
    }

    #[test]
    fn a_process_that_is_not_there_is_nothing() {
        assert_eq!(reader().read(u32::MAX - 1), None);
    }
}
