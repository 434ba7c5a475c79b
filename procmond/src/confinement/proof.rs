//! Whether the confinement holds, found out by trying what it is to refuse.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType, socket};
use rustix::thread::CapabilitySet;

use super::Lack;

/// How long other threads may take to begin.
const PATIENCE: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(2);

/// Where anybody may write as a rule; a probe is made in the first that is not the sensor's own.
const OUTSIDE: [&str; 3] = ["/tmp", "/var/tmp", "/"];

/// Opens sockets to the world.
pub(super) fn no_network() -> Result<(), Lack> {
    for family in [AddressFamily::INET, AddressFamily::INET6] {
        for kind in [SocketType::STREAM, SocketType::DGRAM] {
            match socket(family, kind, None) {
                Err(Errno::PERM) => {}
                Err(other) => return Err(Lack::Io(other.into())),
                Ok(_) => return Err(Lack::Permitted("a network socket".to_owned())),
            }
        }
    }
    Ok(())
}

/// Whether this thread is one that speaks already: the proc connector is not for it.
pub(super) fn speaks_only() -> bool {
    let connector = Some(rustix::net::netlink::CONNECTOR);
    socket(AddressFamily::NETLINK, SocketType::DGRAM, connector).err() == Some(Errno::PERM)
}

/// Starts a program: itself.
pub(super) fn no_programs() -> Result<(), Lack> {
    let mut program = Command::new("/proc/self/exe");
    program.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match program.spawn() {
        Err(_) => Ok(()),
        Ok(mut child) => {
            let _ended = child.wait();
            Err(Lack::Permitted("a new process".to_owned()))
        }
    }
}

/// Makes a file outside of its own directories.
pub(super) fn no_writing_outside(own: &[PathBuf]) -> Result<(), Lack> {
    let is_own = |path: &Path| own.iter().any(|own| path.starts_with(own));
    let outside = OUTSIDE.map(Path::new).into_iter().find(|path| !is_own(path));
    let Some(outside) = outside else { return Err(Lack::Permitted("everything".to_owned())) };
    let probe = outside.join(format!(".procmond-probe-{}", std::process::id()));
    match OpenOptions::new().write(true).create_new(true).open(&probe) {
        Err(_) => Ok(()),
        Ok(_) => {
            let removed = fs::remove_file(&probe);
            removed.map_err(Lack::Io)?;
            Err(Lack::Permitted(format!("writing to {}", outside.display())))
        }
    }
}

/// Looks at every thread of this process, until each is as it should be: it gains no privileges, its
/// system calls are filtered, it has these capabilities at most and so many filters at least.
pub(super) fn every_thread(capabilities: CapabilitySet, filters: u64) -> Result<(), Lack> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match threads(capabilities, filters) {
            Err(Lack::Thread { .. }) if Instant::now() < deadline => std::thread::sleep(POLL),
            found => return found,
        }
    }
}

fn threads(capabilities: CapabilitySet, filters: u64) -> Result<(), Lack> {
    for task in fs::read_dir("/proc/self/task").map_err(Lack::Io)? {
        let task = task.map_err(Lack::Io)?;
        match fs::read_to_string(task.path().join("status")) {
            Ok(status) => judge(&status, capabilities, filters)?,
            Err(error) if is_gone(&error) => {}
            Err(error) => return Err(Lack::Io(error)),
        }
    }
    Ok(())
}

/// The thread has ended since the list was made.
fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || Errno::from_io_error(error) == Some(Errno::SRCH)
}

/// One thread, by its file `status` of proc(5). Kernels before 5.10 do not count filters.
fn judge(status: &str, capabilities: CapabilitySet, filters: u64) -> Result<(), Lack> {
    let value = |name| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let number = |name| value(name).and_then(|digits| digits.parse::<u64>().ok());
    let effective = value("CapEff:").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    let excess = effective.is_none_or(|effective| effective & !capabilities.bits() != 0);
    let problem = if number("NoNewPrivs:") != Some(1) {
        "may gain privileges"
    } else if number("Seccomp:") != Some(2) {
        "makes any system call"
    } else if excess {
        "has more capabilities than it needs"
    } else if number("Seccomp_filters:").is_some_and(|found| found < filters) {
        "may change files"
    } else {
        return Ok(());
    };
    Err(Lack::Thread { name: value("Name:").unwrap_or_default().to_owned(), problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_may_do_more_than_it_should_is_named_with_what_it_may() {
        let status = |nnp, mode, caps, filters| {
            format!(
                "Name:\tconnector\nCapEff:\t{caps:016x}\nNoNewPrivs:\t{nnp}\nSeccomp:\t{mode}\n\
                 Seccomp_filters:\t{filters}\n"
            )
        };
        let ptrace = CapabilitySet::SYS_PTRACE;
        let table = [
            (status(1, 2, ptrace.bits(), 3), None),
            (status(1, 2, 0, 3), None),
            (status(0, 2, 0, 3), Some("may gain privileges")),
            (status(1, 0, 0, 0), Some("makes any system call")),
            (status(1, 2, 1, 3), Some("has more capabilities than it needs")),
            (status(1, 2, 0, 2), Some("may change files")),
            ("Name:\tconnector\n".to_owned(), Some("may gain privileges")),
        ];
        for (text, expected) in table {
            let said = judge(&text, ptrace, 3).err().map(|lack| lack.to_string());
            let expected = expected.map(|problem| format!("thread \"connector\" {problem}"));
            assert_eq!(said, expected, "{text}");
        }
    }
}
