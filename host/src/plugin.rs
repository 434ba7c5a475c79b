//! The sandbox: components from elsewhere, run without being trusted.
//!
//! ```text
//! sandbox    the engine: what WebAssembly may be and do here
//! limits     how much of everything
//! api        for which version of the interface a component was built
//! bindings   types generated from wit/, and the only conversions between them and ours
//! instance   one component with its memory: alive, or dead of a fault
//! language   text of rules -> plans
//! rules      batches -> verdicts, with an account of every event
//! sink       alerts -> receipts
//! fault      what a plugin can do wrong
//! fuel       what fuel is in time on this host
//! ```
//!
//! Invariant: only this room and the room `capability` know wasmtime.

mod api;
mod bindings;
mod fault;
mod fuel;
mod instance;
mod language;
mod limits;
mod rules;
mod sandbox;
mod sink;

pub use fault::{Fault, LoadError};
pub use fuel::FuelRate;
pub use language::{About, Compiled, Diagnostic, Language};
pub use limits::Limits;
pub use rules::{
    Account, Blind, Disposition, Finding, Judgement, Outcome, Plan, ReleaseError, Restarts, Rule,
    RulePlugin, RuleTemplate, Trouble,
};
pub use sandbox::{Sandbox, SandboxError};
pub use sink::{Receipt, SinkPlugin};

pub(crate) use bindings::sink as sink_bindings;
pub(crate) use instance::State;
