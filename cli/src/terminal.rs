//! What the terminal can show.

use std::io::{IsTerminal, stdout};

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Columns where nobody looks at it through a window.
const WIDTH: u16 = 120;

/// How text is to look. Everything that rendering depends on besides the answer itself.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    /// Columns.
    pub(crate) width: u16,
    /// Whether there may be colours.
    pub(crate) colours: bool,
    /// In which times are told.
    pub(crate) zone: TimeZone,
    /// Microseconds since the Unix epoch.
    pub(crate) now: i64,
}

impl Look {
    /// As standard output is now.
    pub(crate) fn of_stdout(no_color: bool) -> Self {
        let width = terminal_size::terminal_size().map_or(WIDTH, |(width, _)| width.0);
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Look {
            width: if stdout().is_terminal() { width } else { WIDTH },
            colours: stdout().is_terminal() && !no_color && !unwanted,
            zone: TimeZone::system(),
            now: Timestamp::now().as_microsecond(),
        }
    }
}
