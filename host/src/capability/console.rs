//! The agent's standard output.

use std::io::{IsTerminal, Write};

use wasmtime::component::Linker;

use crate::plugin::State;
use crate::plugin::sink_bindings::daemoneye::plugin::console;

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    console::add_to_linker::<State, wasmtime::component::HasSelf<State>>(linker, |state| state)
}

impl console::Host for State {
    fn colour(&mut self) -> wasmtime::Result<bool> {
        self.calls.count()?;
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Ok(std::io::stdout().is_terminal() && !refused)
    }

    fn write(&mut self, text: String) -> wasmtime::Result<Result<(), String>> {
        self.calls.count()?;
        let mut stdout = std::io::stdout().lock();
        let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        Ok(written.map_err(|error| format!("standard output: {error}")))
    }
}
