//! Holds the agent to its data, to what its operator granted to sinks, and to reading the rest that
//! it needs.
//!
//! Landlock is inherited, and a sensor inside it sees no program of a process outside it. So the
//! thread that starts the sensor (`collector/nursery.rs`) is born before and stays outside; where
//! somebody else starts the sensor, there is none.

mod needs;

use std::path::Path;

use daemoneye_bus::control::Measure;
use landlock::{
    ABI, Access, AccessFs, AccessNet, NetPort, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

use crate::config::Config;
use crate::private;
pub use needs::Needs;

/// The latest version of Landlock that is asked for; older kernels do what they can. Version 4 is the
/// first that knows ports.
const LANDLOCK: ABI = ABI::V7;

/// Why the agent goes without.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
enum Lack {
    #[error(transparent)]
    Landlock(#[from] RulesetError),
    #[error("this kernel has none, it is switched off, or a filter of system calls forbids it")]
    NoLandlock,
    #[error("this kernel does it in part only")]
    Partly,
    #[error("tried and not refused: a file in {0:?}")]
    Permitted(std::path::PathBuf),
    #[error("a probe is left in {path:?}: {cause}")]
    Probe { path: std::path::PathBuf, cause: std::io::Error },
}

/// Confines the thread that calls, and each that it starts from now on. Directories that are written
/// are made first, if they can be.
pub fn confine(config: &Config) -> Vec<Measure> {
    let needs = Needs::of(config);
    for path in needs.written.iter().filter(|path| !path.exists()) {
        // What cannot be made is told by the room that wants it.
        let _told_later = private::create_directory(path);
    }
    let privileges = rustix::thread::set_no_new_privs(true).map_err(|error| error.to_string());
    let restricted = restrict(&needs);
    let effect = match needs.ports.len() {
        0 => "writes its own directories, connects to no port".to_owned(),
        _ => format!("writes its own directories, connects to port {}", needs.port_list()),
    };
    let held = restricted.and_then(|()| prove(&needs)).map_err(|lack| lack.to_string());
    vec![
        Measure::tried("no_new_privs", "no program gives any", privileges),
        Measure::tried("landlock", &effect, held),
    ]
}

fn restrict(needs: &Needs) -> Result<(), Lack> {
    let all = AccessFs::from_all(LANDLOCK);
    let write = all & !AccessFs::Execute;
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let port = |port: &u16| Ok::<_, RulesetError>(NetPort::new(*port, AccessNet::ConnectTcp));
    let rules = Ruleset::default()
        .handle_access(all)?
        .handle_access(AccessNet::from_all(LANDLOCK))?
        .scope(Scope::from_all(LANDLOCK))?
        .create()?
        .add_rules(path_beneath_rules(&needs.written, write))?
        .add_rules(path_beneath_rules(needs::SYSTEM, read))?
        .add_rules(path_beneath_rules(needs.read.iter().filter_map(|path| there(path)), read))?
        .add_rules(needs.ports.iter().map(port))?;
    match rules.restrict_self()?.ruleset {
        RulesetStatus::FullyEnforced => Ok(()),
        RulesetStatus::PartiallyEnforced => Err(Lack::Partly),
        RulesetStatus::NotEnforced => Err(Lack::NoLandlock),
    }
}

/// What is not there yet may come later, into the nearest folder that is.
fn there(path: &Path) -> Option<&Path> {
    path.ancestors().find(|path| path.exists())
}

/// Tries to make a file where anybody may, as a rule, and the agent need not.
fn prove(needs: &Needs) -> Result<(), Lack> {
    let is_own = |path: &&Path| needs.written.iter().any(|own| path.starts_with(own));
    let outside = ["/tmp", "/var/tmp", "/"].map(Path::new).into_iter().find(|path| !is_own(path));
    let Some(outside) = outside else { return Err(Lack::Permitted("/".into())) };
    let path = outside.join(format!(".daemoneye-probe-{}", std::process::id()));
    match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
        Err(_) => Ok(()),
        Ok(_) => match std::fs::remove_file(&path) {
            Ok(()) => Err(Lack::Permitted(outside.to_owned())),
            Err(cause) => Err(Lack::Probe { path, cause }),
        },
    }
}
