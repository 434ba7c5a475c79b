//! The sandbox: components from elsewhere, run without being trusted.
//!
//! ```text
//! sandbox    the engine: what WebAssembly may be and do here
//! limits     how much of everything
//! allowed    what the operator allows: caps, and what rules of packs may do outside
//! api        for which version of the interface a component was built
//! bindings   types generated from wit/, and the only conversions between them and ours
//! calls      out of the sandbox into the host: counted
//! instance   one component with its memory: alive, or dead of a fault
//! language   text of rules -> plans
//! rules      batches -> verdicts, with an account of every event
//! sink       alerts -> receipts
//! fault      what a plugin can do wrong
//! fuel       what fuel is in time on this host
//! ```
//!
//! Invariant: only this room and the room `capability` know wasmtime.

mod allowed;
mod api;
mod bindings;
mod calls;
mod fault;
mod fuel;
mod instance;
mod language;
mod limits;
mod rules;
mod sandbox;
mod sink;

pub use allowed::{Allowed, Caps, Granting, OverCap};
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

pub(crate) use bindings::rules as rule_bindings;
pub(crate) use bindings::sink as sink_bindings;
pub(crate) use calls::Calls;
pub(crate) use instance::State;
pub(crate) use rules::together;
