//! Looks at this host. Decides nothing.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use daemoneye_bus::control::{Request, Response, Status};
use jiff::Timestamp;
use landlock::{ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr};
use rustix::net::netlink::{CONNECTOR, SocketAddrNetlink};
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, socket_with};

use super::facts::{Answer, Clock, Facts, Found, Kernel, Place, Room};
use crate::ask::{Agent, AskError};
use crate::beside;
use crate::config::{self, Config};

/// The group of the proc connector's messages (linux/connector.h, `CN_IDX_PROC`).
const PROCESSES: u32 = 1;

/// Versions of Landlock's interface, and their numbers.
const VERSIONS: [(ABI, u32); 6] =
    [(ABI::V6, 6), (ABI::V5, 5), (ABI::V4, 4), (ABI::V3, 3), (ABI::V2, 2), (ABI::V1, 1)];

/// The agent's unit, as packages install it.
const UNIT: &str = "/usr/lib/systemd/system/daemoneye-agent.service";
/// Where the agent keeps its data if its program does not tell.
const DATA: &str = "/var/lib/daemoneye";

/// Everything, of this host and of the agent at the socket.
pub(crate) async fn probe(socket: &Path) -> Facts {
    let agent = ask(socket).await;
    let told = beside::ask(None);
    let path = |key| told.as_ref().ok().and_then(|told| told.path(key));
    let data = path("data_dir").unwrap_or_else(|| DATA.into());
    let trust = path("trust").unwrap_or_else(|| data.join("trust"));
    let own = config::layers(None, std::env::vars_os()).and_then(|layers| {
        layers.load::<Config>()?;
        Ok(layers.files().map(Path::to_owned).collect())
    });
    Facts {
        uid: rustix::process::geteuid().as_raw(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        kernel: kernel(),
        units: Path::new(UNIT).exists(),
        socket_directory: place(socket.parent().unwrap_or(Path::new("."))),
        socket: place(socket),
        room: room(&data),
        data: place(&data),
        keys: keys(&trust),
        trust: place(&trust),
        clock: clock(&agent),
        agent,
        config: told.map(|told| told.files).map_err(|error| error.to_string()),
        own_config: own.map_err(|error| error.to_string()),
    }
}

async fn ask(socket: &Path) -> Answer {
    let part = |response| match response {
        Response::Status(status) => Some(status),
        _ => None,
    };
    let status: Result<Box<Status>, AskError> = async {
        let agent = Agent::connect(socket).await?;
        agent.ask(Request::Status, part).await
    }
    .await;
    match status {
        Ok(status) => Answer::Status(status),
        Err(AskError::NoAgent(_) | AskError::Unreachable { .. }) => Answer::Stopped,
        Err(AskError::Starting) => Answer::Starting,
        Err(error @ (AskError::Denied(_) | AskError::NotAllowed(_))) => {
            Answer::Denied(error.to_string())
        }
        Err(error) => Answer::Other(error.to_string()),
    }
}

fn kernel() -> Kernel {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    Kernel {
        release: release.trim().to_owned(),
        connector: connector().map_err(|error| error.to_string()),
        landlock: landlock(),
        seccomp: Path::new("/proc/sys/kernel/seccomp/actions_avail").exists(),
        cgroup2: Path::new("/sys/fs/cgroup/cgroup.controllers").exists(),
    }
}

fn connector() -> io::Result<()> {
    let (family, kind) = (AddressFamily::NETLINK, SocketType::DGRAM);
    let socket = socket_with(family, kind, SocketFlags::CLOEXEC, Some(CONNECTOR))?;
    Ok(bind(&socket, &SocketAddrNetlink::new(0, PROCESSES))?)
}

/// The latest version of which the kernel takes every right. Nothing is restricted by asking.
fn landlock() -> u32 {
    let takes = |abi: &ABI| {
        let ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
        let ruleset = ruleset.handle_access(AccessFs::from_all(*abi));
        let ruleset = match *abi >= ABI::V4 {
            true => ruleset.and_then(|set| set.handle_access(landlock::AccessNet::from_all(*abi))),
            false => ruleset,
        };
        let ruleset = match *abi >= ABI::V6 {
            true => ruleset.and_then(|set| set.scope(landlock::Scope::from_all(*abi))),
            false => ruleset,
        };
        ruleset.and_then(Ruleset::create).is_ok()
    };
    VERSIONS.iter().find(|(abi, _)| takes(abi)).map_or(0, |(_, number)| *number)
}

fn place(path: &Path) -> Place {
    let found = match fs::metadata(path) {
        Ok(metadata) => {
            Found::Something { uid: metadata.uid(), mode: metadata.permissions().mode() & 0o7777 }
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Found::Hidden,
        Err(_) => Found::Nothing,
    };
    Place { path: path.to_owned(), found }
}

/// Of the nearest directory that is there.
fn room(path: &Path) -> Option<Room> {
    let there = path.ancestors().find_map(|path| rustix::fs::statvfs(path).ok())?;
    let bytes = |blocks: u64| blocks.saturating_mul(there.f_frsize);
    Some(Room { free: bytes(there.f_bavail), total: bytes(there.f_blocks) })
}

fn keys(trust: &Path) -> Vec<Place> {
    let Ok(entries) = fs::read_dir(trust) else { return Vec::new() };
    let is_key = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".pub") || (name.starts_with("root.") && name.ends_with(".json"))
    };
    let mut keys: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_key).collect();
    keys.sort();
    keys.iter().map(|path| readable(place(path))).collect()
}

/// A file that is there and closed is hidden, too.
fn readable(place: Place) -> Place {
    match fs::File::open(&place.path) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            Place { found: Found::Hidden, ..place }
        }
        _ => place,
    }
}

fn clock(agent: &Answer) -> Clock {
    let own = std::env::current_exe().and_then(fs::metadata).and_then(|own| own.modified());
    let timesyncd = Path::new("/run/systemd/timesync");
    let chrony = Path::new("/run/chrony").exists().then_some(true);
    let synchronised = timesyncd.exists().then(|| timesyncd.join("synchronized").exists());
    Clock {
        now: Timestamp::now().as_microsecond(),
        installed: own.ok().and_then(microseconds),
        synchronised: synchronised.or(chrony),
        agent_age: match agent {
            Answer::Status(status) => age(status.pid),
            _ => None,
        },
    }
}

fn microseconds(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_micros()).ok()
}

/// For how long a process has run, by the clock since boot: field 22 of proc_pid_stat(5), in ticks.
fn age(pid: u32) -> Option<i64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: i64 = fields.split_whitespace().nth(19)?.parse().ok()?;
    let second = i64::try_from(rustix::param::clock_ticks_per_second()).ok()?;
    let started = ticks.checked_mul(1_000_000)?.checked_div(second)?;
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let now = now.tv_sec.checked_mul(1_000_000)?.checked_add(now.tv_nsec / 1_000)?;
    now.checked_sub(started)
}
