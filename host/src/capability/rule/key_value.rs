//! The interface `key-value`, held to the namespace of its component.

use wasmtime::component::Linker;

use super::namespace::WriteError;
use crate::plugin::State;
use crate::plugin::rule_bindings::daemoneye::plugin::key_value as wit;

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wit::add_to_linker::<State, wasmtime::component::HasSelf<State>>(linker, |state| state)
}

impl wit::Host for State {
    fn get(&mut self, key: String) -> wasmtime::Result<Option<Vec<u8>>> {
        self.calls.count()?;
        Ok(self.granted.held.namespace.as_ref().and_then(|namespace| namespace.get(&key)))
    }

    fn set(&mut self, key: String, value: Vec<u8>) -> wasmtime::Result<Result<(), wit::Error>> {
        self.write(|namespace| namespace.set(&key, value))
    }

    fn add(&mut self, key: String, by: i64) -> wasmtime::Result<Result<i64, wit::Error>> {
        self.write(|namespace| namespace.add(&key, by))
    }

    fn delete(&mut self, key: String) -> wasmtime::Result<Result<bool, wit::Error>> {
        self.write(|namespace| namespace.delete(&key))
    }
}

impl State {
    fn write<T>(
        &mut self,
        act: impl FnOnce(&super::Namespace) -> Result<T, WriteError>,
    ) -> wasmtime::Result<Result<T, wit::Error>> {
        self.calls.count()?;
        let namespace = self.granted.held.namespace.as_ref().ok_or(WriteError::ReadOnly);
        Ok(namespace.and_then(act).map_err(wit::Error::from))
    }
}

impl From<WriteError> for wit::Error {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::ReadOnly => wit::Error::ReadOnly,
            WriteError::TooLarge(why) => wit::Error::TooLarge(why),
            WriteError::NoNumber(key) => wit::Error::NoNumber(key),
        }
    }
}
