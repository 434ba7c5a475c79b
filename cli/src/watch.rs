//! `daemoneye watch`: what the agent sees, as it sees it, on a screen.
//!
//! ```text
//! feed       what the agent says            ─┐
//! keys       what is pressed                 ├─► model ─► draw ─► screen
//! (a clock)                                 ─┘
//! state      what is known: processes, rate, events, alerts, rules, status
//! list       the lines of each view, and which of them are wanted
//! pages      what is read line by line
//! ```
//!
//! Invariant: `model` and `draw` do no I/O. What is shown depends on messages alone.

mod draw;
mod feed;
mod keys;
mod list;
mod model;
mod pages;
mod processes;
mod rate;
mod screen;
mod state;
#[cfg(test)]
mod tests;
mod view;

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use crate::ask::Agent;
use crate::exit::{End, Failure};
use crate::terminal::Look;
use model::{Message, Model};
use screen::Screen;
pub(crate) use screen::ScreenError;

/// Between two pictures, unless a key was pressed.
const PICTURE: Duration = Duration::from_millis(200);
/// Messages that wait to be looked at. The feed waits for more room.
const WAITING: usize = 64;

/// Whether there can be a screen, before anybody is asked anything.
pub(crate) fn check() -> Result<(), ScreenError> {
    Screen::check()
}

/// Ends when `q` is pressed or a signal asks for it; the terminal is then as it was.
pub(crate) async fn run(agent: Agent, socket: &Path, look: Look) -> Result<End, Failure> {
    let mut signals = Signals::catch().map_err(Failure::Start)?;
    let mut screen = Screen::take()?;
    let (watcher, mut messages) = mpsc::channel(WAITING);
    let presses = watcher.clone();
    std::thread::spawn(move || keys::read(&presses));
    let feed = feed::follow(agent, socket, &watcher);
    tokio::pin!(feed);
    let mut pictures = interval(PICTURE);
    pictures.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (width, height) = screen.size()?;
    let mut model = Model::new(Look { width, ..look }, height);
    while !model.over {
        let at_once = tokio::select! {
            () = &mut feed => break,
            () = signals.any() => break,
            Some(message) = messages.recv() => {
                let is_pressed = !matches!(message, Message::Fact(_));
                model.update(message);
                is_pressed
            }
            _ = pictures.tick() => {
                model.update(Message::Time(Timestamp::now().as_microsecond()));
                true
            }
        };
        if at_once {
            screen.draw(|frame| draw::draw(frame, &model))?;
        }
    }
    Ok(End::Well)
}

/// Signals that end a program: it is to give the terminal back first.
struct Signals([Signal; 3]);

impl Signals {
    fn catch() -> std::io::Result<Self> {
        let kinds = [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()];
        let [one, two, three] = kinds.map(signal);
        Ok(Signals([one?, two?, three?]))
    }

    async fn any(&mut self) {
        let Signals([one, two, three]) = self;
        tokio::select! {
            _ = one.recv() => {}
            _ = two.recv() => {}
            _ = three.recv() => {}
        }
    }
}
