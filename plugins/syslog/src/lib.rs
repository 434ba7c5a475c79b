//! Sink: alerts as messages of RFC 5424 to the syslog server that the operator grants.
//!
//! ```text
//! configuration   what the operator wrote
//! message         an alert as one message
//! element         structured data, escaped and bounded
//! frame           messages on a connection: RFC 6587
//! ```
//!
//! Needs the grant `syslog`. `docs/sinks.md` is for operators.

#[cfg(target_family = "wasm")]
mod component;
mod configuration;
mod element;
mod frame;
mod message;

pub use configuration::{Configuration, Facility, Text};
pub use frame::counted;
pub use message::message;
