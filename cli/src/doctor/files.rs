//! Sockets, keys and directories: who owns them, who may write them, how much room there is.

use super::facts::{Found, Place, Room};
use super::{Answer, Check, Facts};

/// Free bytes below which the store will soon take nothing.
const FEW: u64 = 256 << 20;
/// Free bytes below which somebody should look.
const SCARCE: u64 = 2 << 30;
/// Whoever this bit is set for can write.
const OTHERS_WRITE: u32 = 0o002;
const GROUP_OR_OTHERS_WRITE: u32 = 0o022;
const ANYBODY_ELSE: u32 = 0o077;

pub(super) fn examine(facts: &Facts) -> Vec<Check> {
    let mut checks = vec![socket(facts), data(facts), disk(facts), trust(facts)];
    checks.extend(facts.keys.iter().filter_map(key));
    checks
}

fn socket(facts: &Facts) -> Check {
    const NAME: &str = "socket";
    let (path, around) = (facts.socket.path.display(), facts.socket_directory.path.display());
    if let Found::Something { mode, .. } = facts.socket_directory.found
        && mode & GROUP_OR_OTHERS_WRITE != 0
    {
        let found = format!("{around} has mode {mode:04o}: others can put another socket there");
        return Check::fail(NAME, found, format!("chmod go-w {around}"));
    }
    match facts.socket.found {
        Found::Nothing if matches!(facts.agent, Answer::Stopped) => {
            Check::warn(NAME, format!("none at {path}: no agent has made it"), start(facts))
        }
        Found::Nothing => Check::ok(NAME, format!("none at {path}")),
        Found::Hidden => Check::warn(
            NAME,
            format!("this user may not look into {around}"),
            "ask as root, or as a user that bus.users names and that is in the socket's group",
        ),
        Found::Something { mode, .. } if mode & OTHERS_WRITE != 0 => Check::fail(
            NAME,
            format!("{path} has mode {mode:04o}: everybody may try to connect"),
            "restart the agent, which makes it anew",
        ),
        Found::Something { uid, mode } => {
            Check::ok(NAME, format!("{path}, of user {uid}, mode {mode:04o}"))
        }
    }
}

/// What to do so that there is an agent.
pub(super) fn start(facts: &Facts) -> String {
    match facts.units {
        true => "systemctl enable --now daemoneye-agent procmond".to_owned(),
        false => "daemoneye-agent run".to_owned(),
    }
}

fn data(facts: &Facts) -> Check {
    const NAME: &str = "data";
    let path = facts.data.path.display();
    match facts.data.found {
        Found::Nothing => Check::ok(NAME, format!("{path} is not there yet; the agent makes it")),
        Found::Hidden => Check::ok(NAME, format!("{path} is closed to this user, as it should be")),
        Found::Something { mode, .. } if mode & ANYBODY_ELSE != 0 => Check::fail(
            NAME,
            format!("{path} has mode {mode:04o}: others can read command lines in it"),
            format!("chmod 700 {path}"),
        ),
        Found::Something { uid, mode } => {
            Check::ok(NAME, format!("{path}, of user {uid}, mode {mode:04o}"))
        }
    }
}

fn disk(facts: &Facts) -> Check {
    const NAME: &str = "disk";
    let Some(Room { free, total }) = facts.room else {
        let found = format!("the room at {} cannot be told", facts.data.path.display());
        return Check::warn(NAME, found, "ask as root");
    };
    let found = format!("{} MiB of {} MiB are free", free >> 20, total >> 20);
    let remedy = "make room, or keep less: kept.max_bytes, kept.events_days";
    match free {
        free if free < FEW => {
            Check::fail(NAME, format!("{found}: soon nothing can be stored"), remedy)
        }
        free if free < SCARCE => Check::warn(NAME, found, remedy),
        _ => Check::ok(NAME, found),
    }
}

fn trust(facts: &Facts) -> Check {
    const NAME: &str = "trust";
    let (path, keys) = (facts.trust.path.display(), facts.keys.len());
    let remedy = format!("put a public key there: install -m 0644 NAME.pub {path}/");
    match facts.trust.found {
        Found::Nothing => {
            Check::warn(NAME, format!("{path} is not there: no signed pack is believed"), remedy)
        }
        Found::Hidden => Check::warn(NAME, format!("this user may not read {path}"), "ask as root"),
        Found::Something { mode, .. } if mode & GROUP_OR_OTHERS_WRITE != 0 => Check::fail(
            NAME,
            format!("{path} has mode {mode:04o}: others can say who is believed"),
            format!("chmod go-w {path}, and look what is in it"),
        ),
        Found::Something { .. } if keys == 0 => {
            Check::warn(NAME, format!("no key in {path}: no signed pack is believed"), remedy)
        }
        Found::Something { .. } => Check::ok(NAME, format!("{keys} keys or roots in {path}")),
    }
}

/// A key only says something if it is wrong.
fn key(Place { path, found }: &Place) -> Option<Check> {
    let path = path.display();
    match found {
        Found::Something { mode, .. } if mode & OTHERS_WRITE != 0 => Some(Check::fail(
            "trust",
            format!("{path} has mode {mode:04o}: everybody can say who is believed"),
            format!("chmod go-w {path}, and compare it with its author's"),
        )),
        Found::Hidden => Some(Check::warn(
            "trust",
            format!("this user may not read {path}"),
            format!("chmod a+r {path}, if the agent may not, either"),
        )),
        _ => None,
    }
}
