//! The messages as a sink over the granted server.

use std::sync::OnceLock;

use daemoneye_format::Origin;
use daemoneye_sdk::host::identity;
use daemoneye_sdk::host::syslog::{self, Error, Transport};
use daemoneye_sdk::sink::{Alert, Guest, Receipt};

use crate::{Configuration, counted, message};

static CONFIGURATION: OnceLock<Configuration> = OnceLock::new();

struct Sink;

impl Guest for Sink {
    fn open(configuration: String) -> Result<(), String> {
        let configuration = Configuration::parse(&configuration).map_err(|e| e.to_string())?;
        CONFIGURATION.set(configuration).map_err(|_| "opened twice".to_owned())
    }

    fn deliver(alerts: Vec<Alert>) -> Vec<Receipt> {
        let configuration = CONFIGURATION.get().expect("the agent opens a sink before it uses it");
        let origin = Origin { host: identity::host_name(), version: identity::agent_version() };
        let mut away = None;
        let send = |alert: &Alert| match (&away, message(&alert.json, configuration, &origin)) {
            (Some(why), _) => Receipt::Retry(String::clone(why)),
            (None, Err(error)) => Receipt::Rejected(format!("alert {:?}: {error}", alert.id)),
            (None, Ok(message)) => match syslog::send(&framed(&message)) {
                Ok(()) => Receipt::Delivered,
                Err(Error::TooLarge(why)) => Receipt::Rejected(why),
                Err(Error::Unavailable(why)) => Receipt::Retry(away.insert(why).clone()),
            },
        };
        alerts.iter().map(send).collect()
    }

    /// Whether a server listens cannot be found out without sending it something.
    fn health() -> Result<(), String> {
        Ok(())
    }
}

fn framed(message: &str) -> Vec<u8> {
    match syslog::carried_by() {
        Transport::Datagram => message.as_bytes().to_vec(),
        Transport::Stream => counted(message),
    }
}

daemoneye_sdk::export_sink!(Sink);
