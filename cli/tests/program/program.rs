//! Runs `daemoneye` and looks at what it did.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;

/// The program, told where its agent is.
pub(crate) fn daemoneye(socket: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_daemoneye"));
    command.args(arguments).env("DAEMONEYE_SOCKET", socket).env("TZ", "UTC").env_remove("NO_COLOR");
    command
}

/// Runs it to its end while nobody reads what it says.
pub(crate) fn run_unread(socket: &Path, arguments: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = daemoneye(socket, arguments);
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn().expect("it starts");
    drop(command);
    child.wait_with_output().expect("it ends")
}

/// Runs it to its end.
pub(crate) fn run(socket: &Path, arguments: &[&str]) -> Ended {
    Ended(daemoneye(socket, arguments).output().expect("the program starts"))
}

/// What it did.
#[derive(Debug)]
pub(crate) struct Ended(Output);

impl Ended {
    #[track_caller]
    pub(crate) fn with(&self, code: i32) -> &Self {
        assert_eq!(self.0.status.code(), Some(code), "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.stdout().contains(text), "{text:?} is not in\n{}", self.stdout());
        self
    }

    #[track_caller]
    pub(crate) fn complains(&self, text: &str) -> &Self {
        assert!(self.stderr().contains(text), "{text:?} is not in\n{}", self.stderr());
        assert!(self.stdout().is_empty(), "{}", self.stdout());
        self
    }

    /// Says it on standard error, beside an answer.
    #[track_caller]
    pub(crate) fn warns(&self, text: &str) -> &Self {
        assert!(self.stderr().contains(text), "{text:?} is not in\n{}", self.stderr());
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(self.stdout()).expect("one JSON document")
    }

    pub(crate) fn stdout(&self) -> &str {
        std::str::from_utf8(&self.0.stdout).expect("text")
    }

    fn stderr(&self) -> &str {
        std::str::from_utf8(&self.0.stderr).expect("text")
    }
}
