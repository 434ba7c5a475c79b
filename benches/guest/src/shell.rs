//! The rule itself: the same lines for every host.

use crate::Needle;

/// Names of shells, in lower case.
const SHELLS: [&str; 4] = ["bash", "dash", "sh", "zsh"];

/// What a shell takes for a connection.
static DEV_TCP: Needle = Needle::new("/dev/tcp/");

/// Whether a program of this name with this command line is a shell that opens a connection.
#[must_use]
pub fn connects(name: &str, command_line: &str) -> bool {
    SHELLS.iter().any(|shell| name.eq_ignore_ascii_case(shell)) && DEV_TCP.is_in(command_line)
}
