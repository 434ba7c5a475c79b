//! What the screen shows and what a message changes about it. Without I/O: messages come in, and
//! whoever draws looks at the model.

use super::list::{Id, Lines};
use super::pages;
use super::state::{Fact, State};
use super::view::{Key, View};
use crate::terminal::Look;

/// Lines of the screen that are not the view's: tabs, how it is, and what can be done.
pub(crate) const AROUND: u16 = 3;
/// Characters of a filter.
const FILTER: usize = 100;

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Message {
    Fact(Fact),
    Key(Key),
    /// It is this time, microseconds since the Unix epoch.
    Time(i64),
    /// The screen has so many columns and lines.
    Size(u16, u16),
}

/// What keys are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// To move in the view.
    List,
    /// To write the filter.
    Typing,
    /// To read about one line.
    Details,
    /// To read about keys.
    Help,
}

/// Everything that drawing depends on.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) look: Look,
    pub(crate) height: u16,
    pub(crate) view: View,
    pub(crate) mode: Mode,
    pub(crate) filter: String,
    /// The first line of a page that is shown.
    pub(crate) scroll: usize,
    /// Why there is no agent, while there is none.
    pub(crate) gone: Option<String>,
    /// Whether it is time to end.
    pub(crate) over: bool,
    cursors: [Option<Id>; View::ALL.len()],
    live: State,
    paused: Option<Box<State>>,
}

impl Model {
    pub(crate) fn new(look: Look, height: u16) -> Self {
        let mut live = State::default();
        live.advance(look.now);
        Model {
            look,
            height,
            view: View::Processes,
            mode: Mode::List,
            filter: String::new(),
            scroll: 0,
            gone: None,
            over: false,
            cursors: Default::default(),
            live,
            paused: None,
        }
    }

    /// What is shown: what is known now, or was when it was paused.
    pub(crate) fn state(&self) -> &State {
        self.paused.as_deref().unwrap_or(&self.live)
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// The lines of the view.
    pub(crate) fn lines(&self) -> Lines<'_> {
        Lines::of(self.view, self.state(), &self.filter)
    }

    /// What the chosen line is about.
    pub(crate) fn chosen(&self) -> Option<&Id> {
        self.cursors[self.view.place()].as_ref()
    }

    /// Whether a page is shown, not a list.
    pub(crate) fn is_page(&self) -> bool {
        matches!(self.mode, Mode::Details | Mode::Help) || self.view == View::Health
    }

    /// Takes in what happened.
    pub(crate) fn update(&mut self, message: Message) {
        match message {
            Message::Fact(fact) => self.learn(fact),
            Message::Key(key) => self.press(key),
            Message::Time(now) => {
                self.look.now = now;
                self.live.advance(now);
            }
            Message::Size(width, height) => (self.look.width, self.height) = (width, height),
        }
        if self.is_page() {
            let lines = pages::lines(self).len();
            self.scroll = self.scroll.min(lines.saturating_sub(self.page()));
        }
    }

    fn learn(&mut self, fact: Fact) {
        match &fact {
            Fact::Gone(why) => self.gone = Some(why.clone()),
            Fact::Connected => self.gone = None,
            _ => {}
        }
        self.live.learn(fact);
    }

    fn press(&mut self, key: Key) {
        match (self.mode, key) {
            (_, Key::Interrupt) => self.over = true,
            (Mode::Typing, key) => self.write(key),
            (_, Key::Letter('q')) => self.over = true,
            (_, Key::Letter('p')) => self.pause(),
            (Mode::Help, Key::Escape | Key::Enter | Key::Letter('?'))
            | (Mode::Details, Key::Escape | Key::Enter) => self.enter(Mode::List),
            (_, Key::Letter('?')) => self.enter(Mode::Help),
            (_, Key::Letter('/')) => self.enter(Mode::Typing),
            (Mode::List, Key::Escape) => self.filter.clear(),
            (Mode::List, Key::Enter) if self.lines().len() > 0 => self.open(),
            (_, Key::Letter(digit @ '1'..='5')) => {
                self.go(View::ALL[digit as usize - '1' as usize]);
            }
            (_, Key::Tab) => self.go(self.view.further(1)),
            (_, Key::BackTab) => self.go(self.view.further(View::ALL.len() - 1)),
            (_, key) => self.travel(key),
        }
    }

    fn write(&mut self, key: Key) {
        match key {
            Key::Letter(letter) if self.filter.chars().count() < FILTER => self.filter.push(letter),
            Key::Backspace => drop(self.filter.pop()),
            Key::Enter => self.mode = Mode::List,
            Key::Escape => {
                self.filter.clear();
                self.mode = Mode::List;
            }
            _ => {}
        }
    }

    fn pause(&mut self) {
        self.paused = match self.paused {
            None => Some(Box::new(self.live.clone())),
            Some(_) => None,
        };
    }

    fn go(&mut self, view: View) {
        self.view = view;
        self.enter(Mode::List);
    }

    fn enter(&mut self, mode: Mode) {
        self.mode = mode;
        self.scroll = 0;
    }

    /// What is read about stays, also if it was only the first line by chance.
    fn open(&mut self) {
        let lines = self.lines();
        let id = lines.id(lines.place(self.chosen()));
        self.cursors[self.view.place()] = id;
        self.enter(Mode::Details);
    }

    fn travel(&mut self, key: Key) {
        let page = self.page().max(1);
        let (length, at) = if self.is_page() {
            (usize::MAX, self.scroll)
        } else {
            let lines = self.lines();
            (lines.len(), lines.place(self.chosen()))
        };
        let to = match key {
            Key::Down | Key::Letter('j') => at.saturating_add(1),
            Key::Up | Key::Letter('k') => at.saturating_sub(1),
            Key::PageDown => at.saturating_add(page),
            Key::PageUp => at.saturating_sub(page),
            Key::Home | Key::Letter('g') => 0,
            Key::End | Key::Letter('G') => usize::MAX,
            _ => return,
        };
        self.arrive(to.min(length.saturating_sub(1)));
    }

    /// On the first line, nothing is chosen: whatever becomes the first is.
    fn arrive(&mut self, place: usize) {
        if self.is_page() {
            self.scroll = place;
        } else {
            let id = (place > 0).then(|| self.lines().id(place)).flatten();
            self.cursors[self.view.place()] = id;
        }
    }

    /// Lines of a view that fit, if it is a page.
    fn page(&self) -> usize {
        usize::from(self.height.saturating_sub(AROUND))
    }
}
