//! Who speaks: the host's name and the agent's version.

use wasmtime::component::Linker;

use crate::plugin::State;
use crate::plugin::sink_bindings::daemoneye::plugin::identity;

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    identity::add_to_linker::<State, wasmtime::component::HasSelf<State>>(linker, |state| state)
}

impl identity::Host for State {
    fn host_name(&mut self) -> wasmtime::Result<String> {
        self.calls.count()?;
        Ok(hostname::get().unwrap_or_default().to_string_lossy().into_owned())
    }

    fn agent_version(&mut self) -> wasmtime::Result<String> {
        self.calls.count()?;
        Ok(env!("CARGO_PKG_VERSION").to_owned())
    }
}
