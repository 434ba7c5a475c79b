//! Lines in the agent's own log.

use wasmtime::component::Linker;

use crate::plugin::State;
use crate::plugin::sink_bindings::daemoneye::plugin::log;

/// The most that is kept of a message, bytes.
const MAX_MESSAGE_BYTES: usize = 4 << 10;

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    log::add_to_linker::<State, wasmtime::component::HasSelf<State>>(linker, |state| state)
}

impl log::Host for State {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        self.calls.count()?;
        let plugin = self.granted.plugin.as_str();
        let message = clean(&message);
        match level {
            log::Level::Debug => tracing::debug!(plugin, "{message}"),
            log::Level::Info => tracing::info!(plugin, "{message}"),
            log::Level::Warn => tracing::warn!(plugin, "{message}"),
            log::Level::Error => tracing::error!(plugin, "{message}"),
        }
        Ok(())
    }
}

/// A plugin must not write a second line, or colours, into the agent's log.
fn clean(message: &str) -> String {
    let end = message.floor_char_boundary(MAX_MESSAGE_BYTES);
    message[..end]
        .chars()
        .flat_map(|c| {
            let escaped: Box<dyn Iterator<Item = char>> = if c.is_control() {
                Box::new(c.escape_default())
            } else {
                Box::new(std::iter::once(c))
            };
            escaped
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stays_one_plain_line_of_at_most_4_kib() {
        assert_eq!(clean("delivered 3 alerts — ok"), "delivered 3 alerts — ok");
        assert_eq!(clean("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
        assert_eq!(clean(&"ä".repeat(4096)).len(), MAX_MESSAGE_BYTES);
    }
}
