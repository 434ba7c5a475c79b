//! What the benches over a corpus are told on the command line.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use daemoneye_bus::event::MAX_ROWS;

use crate::corpus::{Corpus, ReadError};

/// Flags that the engine's bench and the peers' bench share.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Rules, one JSON object a line; without it the conformance corpus, or that of the repository
    #[arg(long, value_name = "FILE", requires = "events")]
    rules: Option<PathBuf>,
    /// Events, one JSON object a line
    #[arg(long, value_name = "FILE", requires = "rules")]
    events: Option<PathBuf>,
    /// The pairs of rule and event that an oracle found, to compare with
    #[arg(long, value_name = "FILE", requires = "rules")]
    verdicts: Option<PathBuf>,
    /// Only the rules and events of these products
    #[arg(long, value_delimiter = ',')]
    pub product: Vec<String>,
    /// Events per batch
    #[arg(long, value_delimiter = ',', default_values_t = [1, MAX_ROWS], value_parser = rows)]
    pub batch: Vec<usize>,
    /// The events again and again, no command line of which is ever seen twice
    #[arg(long)]
    pub distinct: bool,
    /// For each product and size of batch
    #[arg(long, default_value_t = 5.0, value_parser = seconds)]
    seconds: f64,
    /// `cargo bench` says so to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

/// The files of a corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// Rules.
    pub rules: PathBuf,
    /// Events.
    pub events: PathBuf,
    /// Verdicts, if there is an oracle's word.
    pub verdicts: Option<PathBuf>,
}

impl Options {
    /// The files that were named, or the conformance corpus beside the project, or, where that is
    /// absent, the smaller one in the repository.
    pub fn files(&self) -> Files {
        match (&self.rules, &self.events) {
            (Some(rules), Some(events)) => Files {
                rules: rules.clone(),
                events: events.clone(),
                verdicts: self.verdicts.clone(),
            },
            _ => Files::found(),
        }
    }

    /// The corpus, of the files that it says.
    ///
    /// # Errors
    /// If a file cannot be read or is not of its format.
    pub fn corpus(&self) -> Result<Corpus, ReadError> {
        let Files { rules, events, verdicts } = self.files();
        Corpus::read(&rules, &events, verdicts.as_deref())
    }

    /// Whether a product was asked for; all are if none was named.
    pub fn wants(&self, product: &str) -> bool {
        self.product.is_empty() || self.product.iter().any(|named| named == product)
    }

    /// For how long each product and size of batch is measured.
    pub fn spend(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}

impl Files {
    fn found() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let [conformance, own] = [root.join("../shared/corpus"), root.join("tests/corpus")];
        let (folder, rules, verdicts) = if conformance.is_dir() {
            (conformance, "sigma-rules.jsonl", "sqlite-verdicts.jsonl")
        } else {
            (own, "rules.jsonl", "verdicts.jsonl")
        };
        Files {
            rules: folder.join(rules),
            events: folder.join("events.jsonl"),
            verdicts: Some(folder.join(verdicts)),
        }
    }
}

/// The folder of built components.
pub fn plugins() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/plugins")
}

fn rows(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(rows) if (1..=MAX_ROWS).contains(&rows) => Ok(rows),
        _ => Err(format!("batch of {text:?} events, not 1 to {MAX_ROWS}")),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err(format!("{text:?} seconds, not 0 to 3600")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_1_to_1024_events() {
        assert_eq!((rows("1"), rows("1024")), (Ok(1), Ok(1024)));
        for wrong in ["0", "1025", "-1", "many"] {
            let error = rows(wrong).expect_err("no size of a batch");
            assert_eq!(error, format!("batch of {wrong:?} events, not 1 to 1024"));
        }
    }
}
