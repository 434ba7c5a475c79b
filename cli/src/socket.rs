//! Where the agent is, if nobody said: the first socket that exists.
//!
//! | place | whose |
//! | --- | --- |
//! | `/run/daemoneye/bus.sock` | the system's |
//! | `$XDG_RUNTIME_DIR/daemoneye/bus.sock` | this user's |
//! | `$XDG_DATA_HOME/daemoneye/run/bus.sock`, or below `~/.local/share` | this user's |
//! | `/var/lib/daemoneye/run/bus.sock` | root's |

use std::path::{Path, PathBuf};

const SYSTEM: &str = "/run/daemoneye/bus.sock";
const ROOT: &str = "/var/lib/daemoneye/run/bus.sock";

/// Where to look for the agent.
pub(crate) fn default_socket() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let data =
        variable("XDG_DATA_HOME").or_else(|| Some(std::env::home_dir()?.join(".local/share")));
    choose(variable("XDG_RUNTIME_DIR"), data, Path::exists)
}

/// If none exists, the user's own place, so that the error names a place that makes sense.
fn choose(
    runtime: Option<PathBuf>,
    data: Option<PathBuf>,
    exists: impl Fn(&Path) -> bool,
) -> PathBuf {
    let runtime = runtime.map(|directory| directory.join("daemoneye/bus.sock"));
    let data = data.map(|directory| directory.join("daemoneye/run/bus.sock"));
    let (system, root) = (Some(PathBuf::from(SYSTEM)), Some(PathBuf::from(ROOT)));
    let places = [system, runtime, data.clone(), root].into_iter().flatten();
    places.into_iter().find(|place| exists(place)).or(data).unwrap_or_else(|| ROOT.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_socket_that_exists_is_taken() {
        const RUNTIME: &str = "/run/user/7/daemoneye/bus.sock";
        const DATA: &str = "/home/a/.local/share/daemoneye/run/bus.sock";
        let cases: &[(&[&str], &str)] = &[
            (&[SYSTEM, RUNTIME, DATA, ROOT], SYSTEM),
            (&[RUNTIME, DATA, ROOT], RUNTIME),
            (&[DATA, ROOT], DATA),
            (&[ROOT], ROOT),
            (&[], DATA),
        ];
        for (there, expected) in cases {
            let runtime = Some(PathBuf::from("/run/user/7"));
            let data = Some(PathBuf::from("/home/a/.local/share"));
            let found = choose(runtime, data, |p| there.iter().any(|t| Path::new(t) == p));
            assert_eq!(found, Path::new(expected), "{there:?}");
        }
    }

    #[test]
    fn without_a_home_there_is_still_a_place() {
        assert_eq!(choose(None, None, |_| false), Path::new(ROOT));
    }
}
