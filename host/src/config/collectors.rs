//! `collectors.toml`, beside the agent's configuration: which collectors the agent starts.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Id of the sensor that comes with the agent.
pub const PROCMOND: &str = "procmond";
/// The file's name.
const FILE: &str = "collectors.toml";
/// The longest name, bytes.
const MAX_NAME: usize = 32;
/// No collector can be called so: the topic is the agent's.
const TAKEN: &str = "lifecycle";

/// One collector.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collector {
    /// Its id on the bus: 1 to 32 of `[a-z0-9_-]`.
    pub name: String,
    /// The program. Not said: procmond, run as `[procmond]` of the agent's configuration says.
    pub program: Option<PathBuf>,
    /// What it is told besides what the agent tells each collector.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// Whether it is started.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// What is done when it dies.
    #[serde(default)]
    pub restart: Restart,
    /// After so many short lives in a row it is given up: tried seldom, and an alert says so.
    #[serde(default = "five")]
    pub give_up_after: u32,
}

/// What is done when a collector dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restart {
    /// It is started again.
    #[default]
    Always,
    /// It is given up at once.
    Never,
}

/// Why nobody knows which collectors there are.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectorsError {
    /// The file cannot be read.
    #[error("{path:?}: {cause}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// It is no list of collectors.
    #[error("{path:?}: {cause}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and why.
        cause: Box<toml::de::Error>,
    },
    /// No collector can be called so.
    #[error("collectors.toml: name = {0:?}, not 1 to 32 of [a-z0-9_-], or taken by the agent")]
    Name(String),
    /// Two collectors have the same name.
    #[error("collectors.toml: two collectors are named {0:?}")]
    Twice(String),
    /// A number that makes no sense.
    #[error("collectors.toml: collector {name:?}: give_up_after = {value}, which is not 1 to 100")]
    GiveUp {
        /// Whose.
        name: String,
        /// What it says.
        value: u32,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    collectors: Vec<Collector>,
}

impl Default for Collector {
    fn default() -> Self {
        Collector {
            name: PROCMOND.to_owned(),
            program: None,
            arguments: Vec::new(),
            enabled: true,
            restart: Restart::default(),
            give_up_after: five(),
        }
    }
}

/// Those of the file beside the last of these that has one there; one procmond if none has.
///
/// # Errors
/// If it cannot be read, has unknown keys, or says what makes no sense.
pub(super) fn beside<'a>(
    files: impl DoubleEndedIterator<Item = &'a Path>,
) -> Result<Vec<Collector>, CollectorsError> {
    for path in files.rev().map(|file| file.with_file_name(FILE)) {
        match std::fs::read_to_string(&path) {
            Ok(text) => return parse(&path, &text),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(cause) => return Err(CollectorsError::Read { path, cause }),
        }
    }
    Ok(vec![Collector::default()])
}

fn parse(path: &Path, text: &str) -> Result<Vec<Collector>, CollectorsError> {
    let File { collectors } = toml::from_str(text)
        .map_err(|cause| CollectorsError::Parse { path: path.to_owned(), cause: cause.into() })?;
    let mut names = std::collections::HashSet::new();
    for Collector { name, give_up_after, .. } in &collectors {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b);
        let fits = (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(allowed);
        if !fits || name == TAKEN {
            return Err(CollectorsError::Name(name.clone()));
        }
        if !names.insert(name) {
            return Err(CollectorsError::Twice(name.clone()));
        }
        if !(1..=100).contains(give_up_after) {
            let (name, value) = (name.clone(), *give_up_after);
            return Err(CollectorsError::GiveUp { name, value });
        }
    }
    Ok(collectors)
}

fn yes() -> bool {
    true
}

fn five() -> u32 {
    5
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Vec<Collector>, String> {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(FILE), text).expect("written");
        beside([folder.path().join("agent.toml").as_path()].into_iter())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn without_a_file_there_is_one_procmond_and_an_empty_file_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let found = beside([folder.path().join("agent.toml").as_path()].into_iter());
        let found = found.expect("no file");
        assert_eq!(found, [Collector::default()]);
        assert_eq!(load(""), Ok(Vec::new()));
    }

    #[test]
    fn a_collector_is_what_the_file_says() {
        let text = "[[collectors]]\nname = 'net-2'\nprogram = '/bin/x'\narguments = ['--y']\n\
            enabled = false\nrestart = 'never'\ngive_up_after = 100";
        let expected = Collector {
            name: "net-2".to_owned(),
            program: Some("/bin/x".into()),
            arguments: vec!["--y".to_owned()],
            enabled: false,
            restart: Restart::Never,
            give_up_after: 100,
        };
        assert_eq!(load(text), Ok(vec![expected]));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let long = format!("[[collectors]]\nname = '{}'", "x".repeat(MAX_NAME + 1));
        let table = [
            ("[[collector]]\nname = 'a'", "collector"),
            ("[[collectors]]\nprogram = 'a'", "name"),
            ("[[collectors]]\nname = 'a'\nargs = []", "args"),
            ("[[collectors]]\nname = 'A.b'", "\"A.b\""),
            ("[[collectors]]\nname = ''", "\"\""),
            ("[[collectors]]\nname = 'lifecycle'", "\"lifecycle\""),
            (&long, "xxx"),
            ("[[collectors]]\nname = 'a'\n[[collectors]]\nname = 'a'", "\"a\""),
            ("[[collectors]]\nname = 'a'\nrestart = 'often'", "often"),
            ("[[collectors]]\nname = 'a'\ngive_up_after = 0", "give_up_after = 0"),
            ("[[collectors]]\nname = 'a'\ngive_up_after = 101", "give_up_after = 101"),
        ];
        for (text, named) in table {
            let error = load(text).expect_err(text);
            assert!(error.contains(named), "{error} does not name {named}");
        }
    }
}
