//! What the files of a process under /proc mean. Decides only.

use crate::observation::ExecutableState;

/// Major numbers of terminals, `Documentation/admin-guide/devices.txt`.
const MAJOR_TTY: i32 = 4;
const MAJOR_PTS: std::ops::RangeInclusive<i32> = 136..=143;
/// Minor numbers from here on are serial lines.
const FIRST_SERIAL: i32 = 64;

/// Real and effective ids of users and groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ids {
    pub(super) user: u32,
    pub(super) effective_user: u32,
    pub(super) group: u32,
}

/// The lines `Uid:` and `Gid:` of `/proc/PID/status`: real, effective, saved and file system id. Only
/// these two are read, for a sweep reads this file of every process.
pub(super) fn ids(status: &[u8]) -> Option<Ids> {
    let line = |name: &str| {
        let mut lines = status.split(|byte| *byte == b'\n');
        let line = lines.find_map(|line| line.strip_prefix(name.as_bytes()))?;
        Some(std::str::from_utf8(line).ok()?.split_ascii_whitespace())
    };
    let (mut users, mut groups) = (line("Uid:")?, line("Gid:")?);
    let mut next = || users.next()?.parse().ok();
    let (user, effective_user) = (next()?, next()?);
    Some(Ids { user, effective_user, group: groups.next()?.parse().ok()? })
}

/// Arguments end with a zero byte each. A process may have overwritten them with anything.
pub(super) fn split(bytes: &[u8]) -> Vec<String> {
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    bytes.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned()).collect()
}

/// `/proc/PID/exe` says ` (deleted)` behind the path of a file that is gone, and `/memfd:NAME` for
/// anonymous memory.
pub(super) fn place(link: String) -> (String, ExecutableState) {
    if link.starts_with("/memfd:") {
        return (link, ExecutableState::Memfd);
    }
    match link.strip_suffix(" (deleted)") {
        Some(path) => (path.to_owned(), ExecutableState::Deleted),
        None => (link, ExecutableState::OnDisk),
    }
}

/// The name of a terminal under /dev, from its major and minor number.
pub(super) fn terminal((major, minor): (i32, i32)) -> Option<String> {
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
pub(super) fn container(control_groups: &str) -> Option<String> {
    let is_id = |word: &&str| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit());
    control_groups.split(|c: char| !c.is_ascii_alphanumeric()).find(is_id).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn ids_are_those_of_the_two_lines_and_nothing_else() {
        let status = b"Name:\tUid:\nState:\tS\nUid:\t1000\t0\t0\t0\nGid:\t100\t1\t1\t1\n";
        let expected = Ids { user: 1000, effective_user: 0, group: 100 };
        assert_eq!(ids(status), Some(expected));
        for torn in [&status[..30], b"Uid:\tx\ty\nGid:\t1\n", b""] {
            assert_eq!(ids(torn), None);
        }
    }
}
