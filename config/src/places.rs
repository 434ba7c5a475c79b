//! The files of the system and of a user.

use std::path::{Path, PathBuf};

/// What is installed is configured here.
const SYSTEM: &str = "/etc/daemoneye";

/// Where one program's configuration may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// For everybody.
    pub system: PathBuf,
    /// For this user, if there is a home.
    pub user: Option<PathBuf>,
}

impl Places {
    /// Of the file `name` for this process's user, by `XDG_CONFIG_HOME` or the home directory.
    pub fn of_this_user(name: &str) -> Self {
        let said = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
        Places::new(name, said, std::env::home_dir().as_deref())
    }

    /// Of the file `name`. A relative `XDG_CONFIG_HOME` is to be ignored, as the XDG base directory
    /// specification says.
    pub fn new(name: &str, config_home: Option<PathBuf>, home: Option<&Path>) -> Self {
        let said = config_home.filter(|folder| folder.is_absolute());
        let folder = said.or_else(|| Some(home?.join(".config")));
        Places {
            system: Path::new(SYSTEM).join(name),
            user: folder.map(|folder| folder.join("daemoneye").join(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_one_place_by_xdg_or_by_home() {
        let home = Some(Path::new("/home/a"));
        let table = [
            (Some("/x"), home, Some("/x/daemoneye/agent.toml")),
            (None, home, Some("/home/a/.config/daemoneye/agent.toml")),
            (Some("relative"), home, Some("/home/a/.config/daemoneye/agent.toml")),
            (Some(""), None, None),
        ];
        for (said, home, expected) in table {
            let places = Places::new("agent.toml", said.map(PathBuf::from), home);
            assert_eq!(places.user, expected.map(PathBuf::from), "{said:?}");
            assert_eq!(places.system, Path::new("/etc/daemoneye/agent.toml"));
        }
    }
}
