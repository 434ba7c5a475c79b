//! For authors of DaemonEye plugins in Rust.
//!
//! A plugin is a library of crate type `cdylib`, built for `wasm32-unknown-unknown` and wrapped into
//! a component. It implements one trait and exports it with one macro:
//!
//! | plugin | trait | macro | may import |
//! |---|---|---|---|
//! | rules, one function each | [`rule::Rule`] | [`export!`] | nothing |
//! | rules with an index of their own | [`rules::Guest`] and [`rules::GuestScan`] | [`export_rules!`] | nothing |
//! | rules that remember or look up processes | the same | the same | [`key_value`], [`processes`] |
//! | rule language | [`language::Compiler`] | [`export_language!`] | nothing |
//! | alert sink | [`sink::Guest`] | [`export_sink!`] | [`host`] |
//!
//! ```
//! use daemoneye_sdk::sink::{Alert, Guest, Receipt};
//!
//! struct Counter;
//!
//! impl Guest for Counter {
//!     fn open(_configuration: String) -> Result<(), String> {
//!         Ok(())
//!     }
//!     fn deliver(alerts: Vec<Alert>) -> Vec<Receipt> {
//!         alerts.iter().map(|_| Receipt::Delivered).collect()
//!     }
//!     fn health() -> Result<(), String> {
//!         Ok(())
//!     }
//! }
//!
//! daemoneye_sdk::export_sink!(Counter);
//! ```
//!
//! Everything compiles natively, too, so that a plugin's own code can be tested without a sandbox:
//! there [`key_value`] and [`processes`] are tables of the thread, and only the functions of [`host`]
//! panic.

// The generated code calls this crate by its name, here as in a plugin.
extern crate self as daemoneye_sdk;

#[doc(hidden)]
pub mod bindings;
mod columns;
mod current;
pub mod key_value;
pub mod language;
pub mod processes;
pub mod rule;

/// A plugin with rules: `wit/rules.wit`.
pub mod rules {
    pub use crate::bindings::rule_plugin::exports::daemoneye::plugin::rules::{
        Batch, Candidate, Declaration, Evidence, Finding, Guest, GuestScan, Place, Plan, Rule,
        Scan, Verdict,
    };
    pub use crate::columns::{Column, FloatColumn, IntegerColumn, TextColumn};
}

/// Which rules go by an event alone: `wit/constant.wit`. For plugins with rules; [`export_constant!`]
/// stands beside [`export_rules!`].
pub mod constant {
    pub use crate::bindings::constant_plugin::exports::daemoneye::plugin::constant::Guest;
}

/// What rules remember, kept from one instance to the next: `wit/memory.wit`. For plugins with
/// rules; [`export_memory!`] stands beside [`export_rules!`].
pub mod memory {
    pub use crate::bindings::memory_plugin::exports::daemoneye::plugin::memory::{Counters, Guest};
}

/// An alert sink: `wit/sink.wit`.
pub mod sink {
    pub use crate::bindings::sink_plugin::exports::daemoneye::plugin::sink::{
        Alert, Guest, Receipt,
    };
}

/// What the agent offers to sinks. A component imports what it calls and no more.
pub mod host {
    pub use crate::bindings::sink_plugin::daemoneye::plugin::{
        console, directory, http, identity, log, syslog,
    };
}

pub use bindings::constant_plugin::export_constant;
pub use bindings::language_plugin::export_language;
pub use bindings::memory_plugin::export_memory;
pub use bindings::rule_plugin::export_rules;
pub use bindings::sink_plugin::export_sink;
