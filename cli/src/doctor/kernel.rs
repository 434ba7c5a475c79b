//! Whether the kernel has what sensor and agent need.

use super::{Answer, Check, Facts};

/// Ports of TCP are Landlock's from this version on: Linux 6.7.
const PORTS: u32 = 4;

pub(super) fn examine(facts: &Facts) -> Vec<Check> {
    vec![connector(facts), landlock(facts), seccomp(facts), cgroup(facts)]
}

/// A sensor that runs knows better than a try by another user.
fn connector(facts: &Facts) -> Check {
    const NAME: &str = "proc connector";
    let sees = |status: &daemoneye_bus::control::Status| {
        let mut sensors = status.collectors.iter().filter(|one| one.registration.id == "procmond");
        sensors.any(|one| one.alive && one.registration.capabilities.iter().any(|c| c == NAME))
    };
    let remedy = "start the sensor by its unit, which has CAP_NET_ADMIN, in the machine's own pid \
                  and network namespace; without it processes shorter than a sweep are missed";
    match (&facts.agent, &facts.kernel.connector) {
        (Answer::Status(status), _) if sees(status) => {
            Check::ok(NAME, "the kernel tells the sensor of each process")
        }
        (Answer::Status(status), _) if !status.collectors.is_empty() => {
            Check::warn(NAME, "the sensor that runs only sweeps", remedy)
        }
        (_, Ok(())) => Check::ok(NAME, "the kernel tells this user of each process"),
        (_, Err(why)) if facts.uid == 0 => {
            Check::warn(NAME, format!("the kernel tells root of no process: {why}"), remedy)
        }
        (_, Err(why)) => {
            Check::warn(NAME, format!("the kernel does not tell this user: {why}"), remedy)
        }
    }
}

fn landlock(facts: &Facts) -> Check {
    const NAME: &str = "landlock";
    match facts.kernel.landlock {
        0 => Check::warn(
            NAME,
            format!("kernel {} has none: files are not confined", facts.kernel.release),
            "boot with landlock in the parameter lsm=, on Linux 5.13 or later",
        ),
        abi if abi < PORTS => Check::warn(
            NAME,
            format!("version {abi}: files are confined, TCP ports are not"),
            "use Linux 6.7 or later, if sinks speak to the network",
        ),
        abi => Check::ok(NAME, format!("version {abi}: files and TCP ports are confined")),
    }
}

fn seccomp(facts: &Facts) -> Check {
    match facts.kernel.seccomp {
        true => Check::ok("seccomp", "the kernel filters system calls"),
        false => Check::warn(
            "seccomp",
            format!(
                "kernel {} filters no system calls: the sensor may do more",
                facts.kernel.release
            ),
            "use a kernel with CONFIG_SECCOMP_FILTER",
        ),
    }
}

fn cgroup(facts: &Facts) -> Check {
    match facts.kernel.cgroup2 {
        true => Check::ok("cgroup v2", "events can name the container of a process"),
        false => Check::warn(
            "cgroup v2",
            "not mounted at /sys/fs/cgroup: containers are not always named",
            "boot with systemd.unified_cgroup_hierarchy=1, or mount cgroup2 there",
        ),
    }
}
