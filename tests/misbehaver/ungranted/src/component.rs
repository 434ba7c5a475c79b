//! The contract, kept or broken.

use std::sync::OnceLock;

use daemoneye_sdk::host::{console, directory};
use daemoneye_sdk::sink::{Alert, Guest, Receipt};

use crate::{Configuration, Mode};

static MODE: OnceLock<Mode> = OnceLock::new();

struct Ungranted;

impl Guest for Ungranted {
    fn open(configuration: String) -> Result<(), String> {
        let configuration: Configuration =
            serde_json::from_str(&configuration).map_err(|error| error.to_string())?;
        MODE.set(configuration.mode).map_err(|mode| format!("opened twice, now as {mode:?}"))
    }

    fn deliver(alerts: Vec<Alert>) -> Vec<Receipt> {
        match MODE.get().expect("open comes before the first delivery") {
            Mode::Append => alerts.iter().map(|alert| append("alerts", alert)).collect(),
            Mode::Traverse => alerts.iter().map(|alert| append("../x", alert)).collect(),
            Mode::Hang => loop {
                std::hint::spin_loop();
            },
            Mode::Chase => chase(),
            Mode::Measure => {
                for _ in 0..alerts[0].json.len() {
                    let _nobody_wants_it = directory::length("alerts");
                }
                alerts.iter().map(|_| Receipt::Delivered).collect()
            }
            Mode::Wide => {
                let appended = directory::append("alerts", &vec![b'x'; alerts[0].json.len() << 10]);
                let receipt = appended.map_or_else(Receipt::Rejected, |_| Receipt::Delivered);
                alerts.iter().map(|_| receipt.clone()).collect()
            }
            Mode::Reject => alerts.iter().map(|_| Receipt::Rejected("as told".into())).collect(),
            Mode::Retry => alerts.iter().map(|_| Receipt::Retry("as told".into())).collect(),
            Mode::Picky => alerts.iter().map(pick).collect(),
            Mode::Trap => panic!("trap in deliver"),
            Mode::ShortReceipts => alerts.iter().skip(1).map(|_| Receipt::Delivered).collect(),
        }
    }

    fn health() -> Result<(), String> {
        console::write("ungranted is well\n")
    }
}

/// Cells of a chase: 16 MiB, more than most caches.
const CELLS: usize = 1 << 22;

fn chase() -> ! {
    let cells = std::hint::black_box(vec![1_013_904_223_u32; CELLS]);
    let mut at = 0_usize;
    loop {
        at = at.wrapping_mul(1_664_525).wrapping_add(cells[at] as usize) % CELLS;
    }
}

fn pick(alert: &Alert) -> Receipt {
    if alert.json.contains("poison") {
        return Receipt::Retry("poison".into());
    }
    append("alerts", alert)
}

fn append(name: &str, alert: &Alert) -> Receipt {
    let line = format!("{}\n", alert.json);
    directory::append(name, line.as_bytes()).map_or_else(Receipt::Rejected, |_| Receipt::Delivered)
}

daemoneye_sdk::export_sink!(Ungranted);
