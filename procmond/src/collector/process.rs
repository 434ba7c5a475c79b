//! One process, read from /proc at once. It may end while it is read: first comes what is lost with
//! it and what rules ask for most.

use std::fs::{self, File};
use std::io::{self, Read};

use daemoneye_bus::event::Field;
use procfs::FromRead;
use procfs::process::{Stat, Status};

use super::hash::Hasher;
use super::users::UserNames;
use crate::observation::{ExecutableState, Reason, Snapshot};

/// Major numbers of terminals, `Documentation/admin-guide/devices.txt`.
const MAJOR_TTY: i32 = 4;
const MAJOR_PTS: std::ops::RangeInclusive<i32> = 136..=143;
/// Minor numbers from here on are serial lines.
const FIRST_SERIAL: i32 = 64;

/// Flag of threads of the kernel, `PF_KTHREAD` in `include/linux/sched.h`.
const KERNEL_THREAD: u32 = 0x0020_0000;

/// More than this is not read of any file, bytes: more than an event may hold of one field.
const MAX_FILE_BYTES: u64 = 256 << 10;

/// Reads processes. Cheap to clone.
#[derive(Clone)]
pub struct ProcessReader {
    users: UserNames,
    hasher: Hasher,
    ticks_per_second: u64,
}

impl ProcessReader {
    /// A reader that asks these for hashes and names.
    pub fn new(hasher: Hasher, users: UserNames) -> Self {
        ProcessReader { users, hasher, ticks_per_second: procfs::ticks_per_second() }
    }

    /// Whatever can still be read of a process; nothing if that is nothing.
    pub fn read(&self, pid: u32) -> Option<Snapshot> {
        self.read_again(pid, None)
    }

    /// The same, for a process that was read before: what seldom changes is taken over.
    pub fn read_again(&self, pid: u32, before: Option<&Snapshot>) -> Option<Snapshot> {
        let mut found = Reading { pid, snapshot: Snapshot { pid, ..Snapshot::default() } };
        let arguments = found.file(Field::CommandLine, "cmdline");
        let executable = found.link(Field::ExecutablePath, "exe");
        // Until here it is gone with the program; from here on, when the parent has taken notice.
        let stat = found.file(Field::StartTime, "stat").and_then(|bytes| parse::<Stat>(&bytes));
        if arguments.is_none() && executable.is_none() && stat.is_none() {
            return None;
        }
        found.snapshot.hash = executable.is_some().then(|| self.hasher.look(pid));
        found.program(arguments.as_deref(), executable);
        if let Some(stat) = &stat {
            found.stat(stat, self.ticks_per_second);
        }
        self.owner(&mut found);
        match before.filter(|before| before.start_time == found.snapshot.start_time) {
            Some(before) => found.remember(before),
            None => found.surroundings(),
        }
        Some(found.finish())
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
        let status = found.file(Field::UserId, "status").and_then(|bytes| parse::<Status>(&bytes));
        let Some(status) = status else { return };
        found.snapshot.user_id = Some(status.ruid);
        found.snapshot.effective_user_id = Some(status.euid);
        found.snapshot.group_id = Some(status.rgid);
        found.snapshot.user_name = self.users.get(status.ruid);
    }
}

/// Most files fit into the buffer, so that two reads are enough: one for all and one for the end.
fn read_file(pid: u32, name: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(4096);
    let file = File::open(format!("/proc/{pid}/{name}"))?;
    file.take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
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
            Some(bytes) => self.snapshot.arguments = Some(split(bytes)),
            None => {}
        }
        if let Some(executable) = executable {
            let (path, state) = place(executable);
            self.snapshot.executable = Some(path);
            self.snapshot.executable_state = Some(state);
        }
    }

    fn stat(&mut self, stat: &Stat, ticks_per_second: u64) {
        self.snapshot.is_kernel_thread = stat.flags & KERNEL_THREAD != 0;
        self.snapshot.name = Some(stat.comm.clone());
        self.snapshot.parent = u32::try_from(stat.ppid).ok().filter(|parent| *parent != 0);
        self.snapshot.start_time =
            stat.starttime.saturating_mul(1_000_000) / ticks_per_second.max(1);
        self.snapshot.session = u32::try_from(stat.session).ok();
        self.snapshot.tty = terminal(stat.tty_nr());
    }

    fn surroundings(&mut self) {
        self.snapshot.cwd = self.link(Field::WorkingDirectory, "cwd");
        let control_groups = self.file(Field::ContainerId, "cgroup").unwrap_or_default();
        self.snapshot.container = container(&String::from_utf8_lossy(&control_groups));
    }

    fn remember(&mut self, before: &Snapshot) {
        self.snapshot.cwd.clone_from(&before.cwd);
        self.snapshot.container.clone_from(&before.container);
        let surroundings = [Field::WorkingDirectory, Field::ContainerId];
        let absent = before.absent.iter().filter(|(field, _)| surroundings.contains(field));
        self.snapshot.absent.extend(absent);
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

/// Arguments end with a zero byte each. A process may have overwritten them with anything.
fn split(bytes: &[u8]) -> Vec<String> {
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    bytes.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned()).collect()
}

/// `/proc/PID/exe` says ` (deleted)` behind the path of a file that is gone, and `/memfd:NAME` for
/// anonymous memory.
fn place(link: String) -> (String, ExecutableState) {
    if link.starts_with("/memfd:") {
        return (link, ExecutableState::Memfd);
    }
    match link.strip_suffix(" (deleted)") {
        Some(path) => (path.to_owned(), ExecutableState::Deleted),
        None => (link, ExecutableState::OnDisk),
    }
}

/// The name of a terminal under /dev, from its major and minor number.
fn terminal((major, minor): (i32, i32)) -> Option<String> {
    match (major, minor) {
        (MAJOR_TTY, minor) if minor >= FIRST_SERIAL => {
            Some(format!("ttyS{}", minor - FIRST_SERIAL))
        }
        (MAJOR_TTY, minor) => Some(format!("tty{minor}")),
        (major, minor) if MAJOR_PTS.contains(&major) => {
            Some(format!("pts/{}", (major - MAJOR_PTS.start()) * 256 + minor))
        }
        _ => None,
    }
}

/// The first 64 hexadecimal digits in a row in a control group's path: how Docker, containerd,
/// CRI-O and Podman name containers.
fn container(control_groups: &str) -> Option<String> {
    let is_id = |word: &&str| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit());
    control_groups.split(|c: char| !c.is_ascii_alphanumeric()).find(is_id).map(str::to_owned)
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
        let again = reader.read_again(own, Some(&first)).expect("this process");
        assert_eq!(Snapshot { hash: None, ..again }, Snapshot { hash: None, ..first });
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
    fn terminals_have_the_names_that_they_have_under_dev() {
        let table = [
            ((4, 1), Some("tty1")),
            ((4, 64), Some("ttyS0")),
            ((136, 3), Some("pts/3")),
            ((137, 0), Some("pts/256")),
            ((0, 0), None),
        ];
        for (device, name) in table {
            assert_eq!(terminal(device).as_deref(), name, "{device:?}");
        }
    }

    #[test]
    fn a_process_that_is_not_there_is_nothing() {
        assert_eq!(reader().read(u32::MAX - 1), None);
    }

    #[test]
    fn arguments_are_kept_apart_whatever_is_in_them() {
        let table: [(&[u8], &[&str]); 5] = [
            (b"ls\0-l\0", &["ls", "-l"]),
            (b"sh\0-c\0a b\0", &["sh", "-c", "a b"]),
            (b"x\0\0y\0", &["x", "", "y"]),
            (b"postgres: writer", &["postgres: writer"]),
            (b"\xff\0", &["\u{fffd}"]),
        ];
        for (bytes, expected) in table {
            assert_eq!(split(bytes), expected);
        }
    }

    #[test]
    fn deleted_files_and_anonymous_memory_are_told_from_files() {
        let table = [
            ("/usr/bin/ls", "/usr/bin/ls", ExecutableState::OnDisk),
            ("/tmp/x (deleted)", "/tmp/x", ExecutableState::Deleted),
            ("/memfd:x (deleted)", "/memfd:x (deleted)", ExecutableState::Memfd),
        ];
        for (link, path, state) in table {
            assert_eq!(place(link.to_owned()), (path.to_owned(), state));
        }
    }

    #[test]
    fn a_container_is_known_by_its_control_group() {
        let id = "0123456789abcdef".repeat(4);
        for path in [
            format!("0::/system.slice/docker-{id}.scope"),
            format!("12:cpu:/kubepods/burstable/pod1/{id}"),
            format!("0::/machine.slice/libpod-{id}.scope/container"),
        ] {
            assert_eq!(container(&path).as_deref(), Some(id.as_str()), "{path}");
        }
        assert_eq!(container("0::/user.slice/user-1000.slice/session-2.scope"), None);
    }
}
