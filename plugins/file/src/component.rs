//! The journal as a sink over the granted directory.

use std::sync::Mutex;

use daemoneye_sdk::host::directory;
use daemoneye_sdk::sink::{Alert, Guest, Receipt};

use crate::{Configuration, Directory, Journal};

static JOURNAL: Mutex<Option<Journal<Granted>>> = Mutex::new(None);

struct Sink;

/// The directory that the operator has granted.
struct Granted;

impl Directory for Granted {
    fn append(&mut self, name: &str, bytes: &[u8]) -> Result<u64, String> {
        directory::append(name, bytes)
    }

    fn length(&mut self, name: &str) -> Result<Option<u64>, String> {
        directory::length(name)
    }

    fn rename(&mut self, name: &str, to: &str) -> Result<(), String> {
        directory::rename(name, to)
    }
}

impl Guest for Sink {
    fn open(configuration: String) -> Result<(), String> {
        let configuration = Configuration::parse(&configuration).map_err(|e| e.to_string())?;
        let journal = Journal::new(Granted, configuration);
        *JOURNAL.lock().expect("a panic would have ended the instance") = Some(journal);
        Ok(())
    }

    fn deliver(alerts: Vec<Alert>) -> Vec<Receipt> {
        let written = with_journal(|journal| journal.write(alerts.iter().map(|a| &*a.json)));
        let receipt = written.map_or_else(Receipt::Retry, |()| Receipt::Delivered);
        vec![receipt; alerts.len()]
    }

    fn health() -> Result<(), String> {
        with_journal(Journal::health)
    }
}

fn with_journal(
    act: impl FnOnce(&mut Journal<Granted>) -> Result<(), String>,
) -> Result<(), String> {
    let mut journal = JOURNAL.lock().expect("a panic would have ended the instance");
    act(journal.as_mut().expect("the agent opens a sink before it uses it"))
}

daemoneye_sdk::export_sink!(Sink);
