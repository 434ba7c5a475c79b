//! The journal as a sink over the granted directory.

use std::sync::Mutex;

use daemoneye_format::{Format, Origin};
use daemoneye_sdk::host::{directory, identity};
use daemoneye_sdk::sink::{Alert, Guest, Receipt};

use crate::{Configuration, Directory, Journal};

static OPEN: Mutex<Option<(Journal<Granted>, Format)>> = Mutex::new(None);

const NO_PANIC: &str = "a panic would have ended the instance";
const OPENED: &str = "the agent opens a sink before it uses it";

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
        let format = configuration.format;
        let journal = Journal::new(Granted, configuration);
        *OPEN.lock().expect(NO_PANIC) = Some((journal, format));
        Ok(())
    }

    fn deliver(alerts: Vec<Alert>) -> Vec<Receipt> {
        let mut open = OPEN.lock().expect(NO_PANIC);
        let (journal, format) = open.as_mut().expect(OPENED);
        let origin = Origin { host: identity::host_name(), version: identity::agent_version() };
        let lines: Vec<_> = alerts.iter().map(|a| format.render(&a.json, &origin)).collect();
        let written = journal.write(lines.iter().flatten().map(String::as_str));
        let written = written.map_or_else(Receipt::Retry, |()| Receipt::Delivered);
        let receipt = |(line, alert): (&Result<String, _>, &Alert)| match line {
            Ok(_) => written.clone(),
            Err(error) => Receipt::Rejected(format!("alert {:?}: {error}", alert.id)),
        };
        lines.iter().zip(&alerts).map(receipt).collect()
    }

    fn health() -> Result<(), String> {
        OPEN.lock().expect(NO_PANIC).as_mut().expect(OPENED).0.health()
    }
}

daemoneye_sdk::export_sink!(Sink);
