//! Sink: alerts to a web server, one request each, signed on demand.
//!
//! ```text
//! configuration   what the operator wrote
//! body            an alert as JSON, by format or by template
//! verdict         what an answer means for an alert
//! signature       who sent it, and when
//! ```
//!
//! Needs the grant `http`. `docs/sinks.md` is for operators.

mod body;
#[cfg(target_family = "wasm")]
mod component;
mod configuration;
mod signature;
mod verdict;

pub use body::{Body, BodyError};
pub use configuration::{Configuration, ConfigurationError, Method};
pub use signature::{HEADER as SIGNATURE_HEADER, header, signed_text};
pub use verdict::{Verdict, of_status};
