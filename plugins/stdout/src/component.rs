//! The rendering as a sink over the agent's standard output.

use std::sync::OnceLock;

use daemoneye_format::Origin;
use daemoneye_sdk::host::{console, identity};
use daemoneye_sdk::sink::{Alert, Guest, Receipt};

use crate::{Configuration, render};

static CONFIGURATION: OnceLock<Configuration> = OnceLock::new();

struct Sink;

impl Guest for Sink {
    fn open(configuration: String) -> Result<(), String> {
        let configuration = Configuration::parse(&configuration).map_err(|e| e.to_string())?;
        CONFIGURATION.set(configuration).map_err(|_| "opened twice".to_owned())
    }

    fn deliver(alerts: Vec<Alert>) -> Vec<Receipt> {
        let configuration = CONFIGURATION.get().expect("the agent opens a sink before it uses it");
        let colour = console::colour();
        let origin = Origin { host: identity::host_name(), version: identity::agent_version() };
        let text = |alert: &Alert| render(&alert.json, configuration.style, colour, &origin);
        let write = |alert: &Alert| match text(alert) {
            Ok(text) => console::write(&text).map_or_else(Receipt::Retry, |()| Receipt::Delivered),
            Err(error) => Receipt::Rejected(format!("alert {:?}: {error}", alert.id)),
        };
        alerts.iter().map(write).collect()
    }

    fn health() -> Result<(), String> {
        console::write("")
    }
}

daemoneye_sdk::export_sink!(Sink);
