//! Alerts as JSON: `daemoneye alerts --format json` prints a list, sinks write one after the other.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use daemoneye_bus::alert::Alert;
use serde::Deserialize;

/// Why there are no alerts.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum AlertsError {
    #[error("{}: {source}", file.display())]
    Read { file: PathBuf, source: io::Error },
    #[error("{}: no alert in the agent's own format: {source}", file.display())]
    Json { file: PathBuf, source: serde_json::Error },
    #[error("{}: no alerts", .0.display())]
    Empty(PathBuf),
    #[error("{}: no alert {id:?}", file.display())]
    Unknown { file: PathBuf, id: String },
}

/// What follows one after the other.
#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    Many(Vec<Alert>),
    One(Box<Alert>),
}

/// The alerts of a file, or of standard input if it is called `-`; only one if an id is given.
pub(super) fn read(file: &Path, id: Option<&str>) -> Result<Vec<Alert>, AlertsError> {
    let named = |source| AlertsError::Read { file: file.to_owned(), source };
    let text = match file.to_str() {
        Some("-") => io::read_to_string(io::stdin().lock()),
        _ => std::fs::File::open(file).and_then(|mut file| {
            let mut text = String::new();
            file.read_to_string(&mut text).map(|_| text)
        }),
    };
    let mut alerts = parse(&text.map_err(named)?)
        .map_err(|source| AlertsError::Json { file: file.to_owned(), source })?;
    let Some(id) = id else {
        return if alerts.is_empty() {
            Err(AlertsError::Empty(file.to_owned()))
        } else {
            Ok(alerts)
        };
    };
    alerts.retain(|alert| alert.id == id);
    alerts.truncate(1);
    let unknown = || AlertsError::Unknown { file: file.to_owned(), id: id.to_owned() };
    if alerts.is_empty() { Err(unknown()) } else { Ok(alerts) }
}

fn parse(text: &str) -> Result<Vec<Alert>, serde_json::Error> {
    let mut alerts = Vec::new();
    for document in serde_json::Deserializer::from_str(text).into_iter() {
        match document? {
            Document::Many(many) => alerts.extend(many),
            Document::One(one) => alerts.push(*one),
        }
    }
    Ok(alerts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One that was made before alerts had witnesses.
    const ALERT: &str = include_str!("../../../../tests/data/alert.json");

    #[test]
    fn a_list_and_lines_are_alerts_alike() {
        let line = ALERT.replace('\n', " ");
        for (text, count) in [
            (line.clone(), 1),
            (format!("{line}\n{line}\n"), 2),
            (format!("[{line}, {line}]"), 2),
            (format!("[{line}]\n{line}"), 2),
            (String::new(), 0),
            ("[]".to_owned(), 0),
        ] {
            assert_eq!(parse(&text).expect("alerts").len(), count, "{text}");
        }
        for text in ["{", "{}", "7", "[{}]"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
