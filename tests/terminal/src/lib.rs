//! A program in a terminal that is no window: what it draws is read, keys are pressed.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use vt100::Parser;

pub use portable_pty::ExitStatus;
pub use vt100::{Cell, Color, Screen};

/// The longest that anything here may take. Nothing waits for a time; this only ends a test that
/// would never end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal with one program in it, which is killed when it is dropped.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    /// Held, so that the terminal is there after the program.
    _slave: Box<dyn SlavePty + Send>,
    keys: Box<dyn Write + Send>,
    drawn: Arc<Drawn>,
    modes: String,
}

/// What the program has drawn so far.
struct Drawn {
    page: Mutex<Page>,
    more: Condvar,
}

struct Page {
    parser: Parser,
    bytes: Vec<u8>,
}

impl Terminal {
    /// Starts a program in so many columns and lines.
    ///
    /// # Panics
    /// If there is no terminal, or the program does not start.
    pub fn start(
        program: &Path,
        arguments: &[&str],
        environment: &[(&str, &OsStr)],
        (columns, lines): (u16, u16),
    ) -> Self {
        let size = PtySize { rows: lines, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("TZ", "UTC");
        command.env_remove("NO_COLOR");
        environment.iter().for_each(|(name, value)| command.env(name, value));
        let modes = format!("{:?}", pair.master.get_termios());
        let child = pair.slave.spawn_command(command).expect("the program starts");
        let side = |length| NonZeroU16::new(length).expect("a terminal has lines and columns");
        let page = Page { parser: Parser::new(side(lines), side(columns), 0), bytes: Vec::new() };
        let drawn = Arc::new(Drawn { page: Mutex::new(page), more: Condvar::new() });
        follow(pair.master.try_clone_reader().expect("a reader"), drawn.clone());
        let keys = pair.master.take_writer().expect("a writer");
        Terminal { child, master: pair.master, _slave: pair.slave, keys, drawn, modes }
    }

    /// Presses keys.
    ///
    /// # Panics
    /// If the terminal has gone.
    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("the terminal is there");
    }

    /// Waits until the screen is as wanted, and returns its text.
    ///
    /// # Panics
    /// If it never is.
    pub fn wait_until(&self, what: &str, wanted: impl Fn(&Screen) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut page = self.drawn.page.lock().expect("not poisoned");
        while !wanted(page.parser.screen()) {
            let left = deadline.saturating_duration_since(Instant::now());
            let text = page.parser.screen().contents();
            assert!(!left.is_zero(), "never {what}; the screen is\n{text}");
            page = self.drawn.more.wait_timeout(page, left).expect("not poisoned").0;
        }
        page.parser.screen().contents()
    }

    /// Waits until a text is on the screen, and returns all of that.
    ///
    /// # Panics
    /// If it never is.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_until(text, |screen| screen.contents().contains(text))
    }

    /// The screen as it is now.
    ///
    /// # Panics
    /// If a test has panicked while it looked.
    pub fn screen(&self) -> Screen {
        self.drawn.page.lock().expect("not poisoned").parser.screen().clone()
    }

    /// The screen changes its size.
    ///
    /// # Panics
    /// If the system refuses.
    pub fn resize(&self, columns: u16, lines: u16) {
        let size = PtySize { rows: lines, cols: columns, pixel_width: 0, pixel_height: 0 };
        let side = |length| NonZeroU16::new(length).expect("a terminal has lines and columns");
        let mut page = self.drawn.page.lock().expect("not poisoned");
        page.parser.screen_mut().set_size(side(lines), side(columns));
        self.master.resize(size).expect("a terminal");
    }

    /// Process id of the program.
    ///
    /// # Panics
    /// If it has none.
    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("a pid")
    }

    /// Every byte that it has written.
    ///
    /// # Panics
    /// If a test has panicked while it looked.
    pub fn bytes(&self) -> Vec<u8> {
        self.drawn.page.lock().expect("not poisoned").bytes.clone()
    }

    /// Waits for the end of the program, and checks that the terminal is as it was before.
    ///
    /// # Panics
    /// If it does not end, or leaves the terminal in another mode.
    pub fn wait_for_end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        };
        assert_eq!(format!("{:?}", self.master.get_termios()), self.modes, "modes of the terminal");
        self.wait_until("the screen from before", |screen| {
            !screen.alternate_screen() && !screen.hide_cursor()
        });
        status
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) && self.child.kill().is_ok() {
            let _reaped = self.child.wait();
        }
    }
}

/// Reads in a thread of its own, so that the program never waits for its reader.
fn follow(mut reader: Box<dyn Read + Send>, drawn: Arc<Drawn>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = reader.read(&mut buffer) {
            let mut page = drawn.page.lock().expect("not poisoned");
            page.parser.process(&buffer[..length]);
            page.bytes.extend_from_slice(&buffer[..length]);
            drawn.more.notify_all();
        }
    });
}
