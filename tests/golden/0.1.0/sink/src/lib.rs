//! Writes each alert to the console, puts off the one whose id is `retry`, and rejects `reject`.

wit_bindgen::generate!({ path: "../../../../wit/published/0.1.0", world: "sink-plugin" });

use daemoneye::plugin::console;
use exports::daemoneye::plugin::sink::{Alert, Guest, Receipt};

struct Sink;

impl Guest for Sink {
    fn open(_configuration: String) -> Result<(), String> {
        Ok(())
    }

    fn deliver(alerts: Vec<Alert>) -> Vec<Receipt> {
        alerts.iter().map(receipt).collect()
    }

    fn health() -> Result<(), String> {
        Ok(())
    }
}

fn receipt(alert: &Alert) -> Receipt {
    match alert.id.as_str() {
        "retry" => Receipt::Retry("not now".to_owned()),
        "reject" => Receipt::Rejected("never".to_owned()),
        id => match console::write(&format!("{id} {}\n", alert.json)) {
            Ok(()) => Receipt::Delivered,
            Err(why) => Receipt::Retry(why),
        },
    }
}

export!(Sink);
