//! CONTRACT 2: what DaemonEye's processes say to each other, and how.
//!
//! ```text
//! event     what was observed: schema, rows, columns
//! alert     what the agent makes of it
//! message   what is said on a connection
//! control   what is asked and answered
//! handling  what operators do about alerts, exceptions and rules
//! frame     how it is written: length, checksum, bytes
//! topic     where to: names and wildcards
//! broker    the agent's side of a connection
//! client    everybody else's side
//! ```
//!
//! Invariant: this crate depends on nothing else in the workspace.

pub mod alert;
pub mod broker;
pub mod client;
pub mod control;
pub mod event;
pub mod frame;
pub mod handling;
pub mod message;
pub mod topic;

mod socket;
