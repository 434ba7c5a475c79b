//! The terminal as a screen: taken, and given back however the program ends.

use std::io::{self, IsTerminal, stdout};

use ratatui::{DefaultTerminal, Frame};

/// Why there is no screen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ScreenError {
    /// A screen is for people.
    #[error("watch draws on a terminal and has no other format")]
    Format,
    /// Standard output is a pipe or a file.
    #[error("watch draws on a terminal, and standard output is none")]
    NoTerminal,
    /// A terminal that can only write one line after the other.
    #[error("watch moves the cursor, which a terminal of type {0:?} cannot")]
    Dumb(String),
    /// The terminal refuses.
    #[error("terminal: {0}")]
    Io(#[from] io::Error),
}

/// Gives the terminal back when it is dropped, and before a panic is told.
pub(super) struct Screen(DefaultTerminal);

impl Screen {
    /// Whether there can be one at all.
    pub(super) fn check() -> Result<(), ScreenError> {
        if !stdout().is_terminal() {
            return Err(ScreenError::NoTerminal);
        }
        match std::env::var("TERM") {
            Ok(kind) if kind == "dumb" => Err(ScreenError::Dumb(kind)),
            _ => Ok(()),
        }
    }

    pub(super) fn take() -> Result<Self, ScreenError> {
        let terminal = ratatui::try_init().inspect_err(|_| give_back())?;
        Ok(Screen(terminal))
    }

    /// Columns and lines.
    pub(super) fn size(&self) -> Result<(u16, u16), ScreenError> {
        let size = self.0.size()?;
        Ok((size.width, size.height))
    }

    pub(super) fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> Result<(), ScreenError> {
        self.0.draw(picture)?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// A terminal that takes nothing any more has gone, and there is nobody to tell.
fn give_back() {
    let _gone = ratatui::try_restore();
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use daemoneye_terminal::Terminal;

    use super::Screen;

    const NAME: &str = "watch::screen::tests::a_panic_is_told_on_the_screen_from_before";
    /// Tells the program of the test that it is the one that panics.
    const PANICS: &str = "DAEMONEYE_TEST_PANICS";

    #[test]
    fn a_panic_is_told_on_the_screen_from_before() {
        if std::env::var_os(PANICS).is_some() {
            let mut screen = Screen::take().expect("a terminal");
            screen.draw(|_| panic!("in the middle of a picture")).expect("never");
        }
        let program = std::env::current_exe().expect("the test is a program");
        let arguments = ["--exact", NAME, "--nocapture"];
        let environment = [(PANICS, OsStr::new("1"))];
        let mut terminal = Terminal::start(&program, &arguments, &environment, (100, 24));
        terminal.wait_until("told", |screen| {
            !screen.alternate_screen() && screen.contents().contains("in the middle of a picture")
        });
        assert_ne!(terminal.wait_for_end().exit_code(), 0);
        let drawn = String::from_utf8(terminal.bytes()).expect("text");
        assert!(drawn.contains("\x1b[?1049h"), "there was another screen: {drawn:?}");
    }
}
