//! A sink: one function that delivers alerts. This one writes a line for each to standard output.

#[cfg(target_family = "wasm")]
mod exported {
    use super::line;
    use daemoneye_sdk::host::console;
    use daemoneye_sdk::sink::{Alert, Guest, Receipt};

    struct {{Name}};

    impl Guest for {{Name}} {
        fn open(_configuration: String) -> Result<(), String> {
            Ok(())
        }

        fn deliver(alerts: Vec<Alert>) -> Vec<Receipt> {
            alerts.iter().map(deliver).collect()
        }

        fn health() -> Result<(), String> {
            Ok(())
        }
    }

    fn deliver(alert: &Alert) -> Receipt {
        match console::write(&line(&alert.id, &alert.json)) {
            Ok(()) => Receipt::Delivered,
            Err(why) => Receipt::Retry(why),
        }
    }

    daemoneye_sdk::export_sink!({{Name}});
}

/// What is written of an alert; its JSON is described in docs/alerts.md.
#[cfg_attr(not(target_family = "wasm"), allow(dead_code))]
fn line(id: &str, json: &str) -> String {
    format!("{id} {json}\n")
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn an_alert_is_one_line() {
        assert_eq!(line("7", "{}"), "7 {}\n");
    }
}
