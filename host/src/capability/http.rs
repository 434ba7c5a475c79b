//! HTTP to granted hosts, and signatures with granted secrets.
//!
//! ```text
//! grant      what is granted, and whether a URL is within it
//! address    which addresses a name may lead to
//! resolver   names to addresses, held to the grant
//! secret     keys that never leave the host
//! client     one request and its answer
//! ```

mod address;
mod client;
mod grant;
mod resolver;
mod secret;

use wasmtime::component::Linker;

use crate::plugin::State;
use crate::plugin::sink_bindings::daemoneye::plugin::http as wit;

pub use address::{Network, NoNetwork};
pub use grant::{Endpoint, HttpGrant, NoEndpoint};
pub use secret::SecretError;

pub(super) use client::Client;

const NOT_GRANTED: &str = "no host is granted";

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wit::add_to_linker::<State, wasmtime::component::HasSelf<State>>(linker, |state| state)
}

impl wit::Host for State {
    fn send(
        &mut self,
        request: wit::Request,
    ) -> wasmtime::Result<Result<wit::Response, wit::Error>> {
        self.calls.count()?;
        let not_granted = || wit::Error::NotGranted(NOT_GRANTED.to_owned());
        let client = self.granted.http.as_ref().ok_or_else(not_granted);
        Ok(client.and_then(|client| client.send(request, &self.calls)))
    }

    fn sign(
        &mut self,
        secret: String,
        bytes: Vec<u8>,
    ) -> wasmtime::Result<Result<Vec<u8>, String>> {
        self.calls.count()?;
        let client = self.granted.http.as_ref().ok_or_else(|| NOT_GRANTED.to_owned());
        Ok(client.and_then(|client| client.sign(&secret, &bytes)))
    }
}
