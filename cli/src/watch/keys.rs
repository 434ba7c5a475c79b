//! Keys of the terminal, in a thread of their own: reading them waits.

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tokio::sync::mpsc::Sender;

use super::model::Message;
use super::view::Key;

/// Reads until nobody wants to know, or the terminal has gone.
pub(super) fn read(messages: &Sender<Message>) {
    while let Ok(event) = event::read() {
        if let Some(message) = meaning(&event)
            && messages.blocking_send(message).is_err()
        {
            break;
        }
    }
}

fn meaning(event: &Event) -> Option<Message> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => this(*key).map(Message::Key),
        Event::Resize(width, height) => Some(Message::Size(*width, *height)),
        _ => None,
    }
}

fn this(key: KeyEvent) -> Option<Key> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Char('c') if control => Key::Interrupt,
        KeyCode::Char(_) if control => return None,
        KeyCode::Char(letter) => Key::Letter(letter),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_mean_what_is_on_them_and_control_is_no_letter() {
        let cases = [
            (KeyCode::Char('q'), KeyModifiers::NONE, Some(Key::Letter('q'))),
            (KeyCode::Char('G'), KeyModifiers::SHIFT, Some(Key::Letter('G'))),
            (KeyCode::Char('c'), KeyModifiers::CONTROL, Some(Key::Interrupt)),
            (KeyCode::Char('q'), KeyModifiers::CONTROL, None),
            (KeyCode::BackTab, KeyModifiers::SHIFT, Some(Key::BackTab)),
            (KeyCode::F(1), KeyModifiers::NONE, None),
        ];
        for (code, modifiers, expected) in cases {
            assert_eq!(this(KeyEvent::new(code, modifiers)), expected, "{code:?} {modifiers:?}");
        }
    }
}
