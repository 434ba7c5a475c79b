//! Answers as text. Pure: everything that matters comes in.
//!
//! Invariant: whatever comes from the agent passes [`escape()`] on its way to a terminal, because
//! names and command lines are written by those whom DaemonEye watches.

mod acts;
mod alert;
mod alerts;
mod collector;
mod collectors;
mod config;
mod doctor;
mod document;
mod escape;
mod exceptions;
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
mod trial;
mod words;

pub(crate) use acts::{Told, table as acts};
pub(crate) use alert::{Shown as ShownAlert, page as alert, short};
pub(crate) use alerts::{Listed, line as alert_line, table as alerts, what as alert_text};
pub(crate) use collector::{Configuration, Done, Hashed, Processes, Shown, hash, settings};
pub(crate) use collectors::table as collectors;
pub(crate) use config::table as config;
pub(crate) use doctor::page as doctor;
pub(crate) use document::{document, line};
#[cfg(test)]
pub(crate) use escape::is_hostile;
pub(crate) use escape::{cut, escape};
pub(crate) use exceptions::{
    Shown as ShownException, line as exception_line, page as exception, table as exceptions,
};
pub(crate) use ledger::{Report as LedgerReport, page as ledger};
pub(crate) use letters::{Document as Letter, table as letters};
pub(crate) use message::Message;
pub(crate) use packs::table as packs;
pub(crate) use page::Page;
pub(crate) use rows::{Document, HuntEnd, csv, distinct, json_lines, spelled, text as rows};
pub(crate) use rule::page as rule;
pub(crate) use rules::{reasons, table as rules};
pub(crate) use shadow::page as shadow;
pub(crate) use status::page as status;
pub(crate) use traffic::page as traffic;
pub(crate) use trial::{Document as Trial, text as trial};
pub(crate) use words::{age, clock, count, duration, milliseconds, short_time, time};

#[cfg(test)]
pub(crate) mod samples;
