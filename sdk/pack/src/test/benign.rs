//! All rules over events of ordinary machines, on which they should be silent.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use daemoneye_host::judge::Judge;
use daemoneye_host::replay::{Malformed, ReplayError, Schema, replay};
use serde::Deserialize;

/// What rules found in ordinary events.
#[derive(Debug)]
pub(super) struct Benign {
    pub(super) events: u64,
    /// Findings by rule; a rule that found nothing is not there.
    pub(super) hits: BTreeMap<String, u64>,
    max_rate: f64,
}

/// Why ordinary events were not judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum BenignError {
    #[error("{}: {source}", path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error("{}: {source}", path.display())]
    Replay { path: PathBuf, source: ReplayError },
    #[error("{}: line {line}: {why}", path.display())]
    Malformed { path: PathBuf, line: u64, why: String },
}

/// One finding, as a replay writes it.
#[derive(Deserialize)]
struct Line {
    rule: String,
}

impl Benign {
    /// The share of the events that a rule found.
    pub(super) fn rate(&self, hits: u64) -> f64 {
        hits as f64 / self.events.max(1) as f64
    }

    /// The rules that found more than they may, with their findings.
    pub(super) fn noisy(&self) -> impl Iterator<Item = (&str, u64)> {
        let hits = self.hits.iter().map(|(rule, hits)| (rule.as_str(), *hits));
        hits.filter(|(_, hits)| self.rate(*hits) > self.max_rate)
    }
}

/// Judges every event of a file. A line that is no event is an error: what it would have shown is
/// not known.
pub(super) fn judge(judge: &mut Judge, path: &Path, max_rate: f64) -> Result<Benign, BenignError> {
    let owned = || path.to_owned();
    let file = File::open(path).map_err(|source| BenignError::Open { path: owned(), source })?;
    let (mut findings, mut malformed) = (Vec::new(), None);
    let complain = |Malformed { line, cause }| {
        malformed.get_or_insert((line + 1, cause.to_string()));
    };
    let summary = replay(judge, Schema::Daemoneye, BufReader::new(file), &mut findings, complain);
    let summary = summary.map_err(|source| BenignError::Replay { path: owned(), source })?;
    if let Some((line, why)) = malformed {
        return Err(BenignError::Malformed { path: owned(), line, why });
    }
    let mut hits = BTreeMap::new();
    for line in findings.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let Line { rule } = serde_json::from_slice(line).expect("a replay writes JSON");
        *hits.entry(rule).or_default() += 1;
    }
    Ok(Benign { events: summary.events, hits, max_rate })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_may_be_as_noisy_as_the_limit_and_not_more() {
        let of = |hits, max_rate| Benign {
            events: 1_000,
            hits: BTreeMap::from([("r".to_owned(), hits)]),
            max_rate,
        };
        assert_eq!(of(0, 0.0).noisy().count(), 0);
        assert_eq!(of(1, 0.0).noisy().count(), 1);
        assert_eq!(of(10, 0.01).noisy().count(), 0);
        assert_eq!(of(11, 0.01).noisy().count(), 1);
    }
}
