//! Answers as text. Pure: everything that matters comes in.
//!
//! Invariant: whatever comes from the agent passes [`escape()`] on its way to a terminal, because
//! names and command lines are written by those whom DaemonEye watches.

mod alerts;
mod collectors;
mod config;
mod doctor;
mod document;
mod escape;
mod ledger;
mod letters;
mod message;
mod packs;
mod page;
mod rows;
mod rule;
mod rules;
mod shadow;
mod status;
mod table;
mod traffic;
mod words;

pub(crate) use alerts::{line as alert_line, table as alerts};
pub(crate) use collectors::table as collectors;
pub(crate) use config::table as config;
pub(crate) use doctor::page as doctor;
pub(crate) use document::{document, line};
pub(crate) use escape::{cut, escape};
pub(crate) use ledger::{Report as LedgerReport, page as ledger};
pub(crate) use letters::{Document as Letter, table as letters};
pub(crate) use message::Message;
pub(crate) use packs::table as packs;
pub(crate) use rows::{Document, text as rows};
pub(crate) use rule::page as rule;
pub(crate) use rules::{reasons, table as rules};
pub(crate) use shadow::page as shadow;
pub(crate) use status::page as status;
pub(crate) use traffic::page as traffic;
pub(crate) use words::{count, duration, short_time, time};

#[cfg(test)]
pub(crate) mod samples;
