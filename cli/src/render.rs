//! Answers as text. Pure: everything that matters comes in.
//!
//! Invariant: whatever comes from the agent passes [`escape()`] on its way to a terminal, because
//! names and command lines are written by those whom DaemonEye watches.

mod alerts;
mod document;
mod escape;
mod ledger;
mod letters;
mod page;
mod rows;
mod rule;
mod rules;
mod status;
mod table;
mod words;

pub(crate) use alerts::{line as alert_line, table as alerts};
pub(crate) use document::{document, line};
pub(crate) use escape::escape;
pub(crate) use ledger::{Report as LedgerReport, page as ledger};
pub(crate) use letters::{Document as Letter, table as letters};
pub(crate) use rows::{Document, text as rows};
pub(crate) use rule::page as rule;
pub(crate) use rules::{reasons, table as rules};
pub(crate) use status::page as status;

#[cfg(test)]
mod samples;
