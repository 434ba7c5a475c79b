//! The views, and what can be pressed.

/// What fills the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    Processes,
    Alerts,
    Rules,
    Events,
    Health,
}

impl View {
    /// Every view, in the order of their numbers, from 1.
    pub(crate) const ALL: [View; 5] =
        [View::Processes, View::Alerts, View::Rules, View::Events, View::Health];

    pub(crate) fn name(self) -> &'static str {
        match self {
            View::Processes => "Processes",
            View::Alerts => "Alerts",
            View::Rules => "Rules",
            View::Events => "Events",
            View::Health => "Health",
        }
    }

    /// Its place in [`View::ALL`].
    pub(crate) fn place(self) -> usize {
        self as usize
    }

    /// The view so many further, around the end.
    pub(crate) fn further(self, steps: usize) -> View {
        View::ALL[(self.place() + steps) % View::ALL.len()]
    }
}

/// A key, as far as it means anything here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Letter(char),
    Enter,
    Escape,
    Backspace,
    Tab,
    BackTab,
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    /// Ctrl-C, which asks no questions.
    Interrupt,
}

/// What each key does, for the page of help.
pub(crate) const KEYS: &[(&str, &str)] = &[
    ("1 to 5, Tab", "another view"),
    ("j k, arrows", "down and up; a page with PgDn and PgUp"),
    ("g G", "to the start, where what is new appears, and to the end"),
    ("Enter", "all about the line; Esc leads back"),
    ("/", "only lines with this text; Esc shows all again"),
    ("p", "pause: what is on the screen stays; p again goes on"),
    ("?", "this page"),
    ("q, Ctrl-C", "end"),
];
