//! What libFuzzer said, as a line of a table.

use anyhow::{Context, Result};

/// What became of one target.
pub(super) struct Report {
    /// How many inputs were tried.
    runs: u64,
    per_second: u64,
    /// Edges of the program that were reached: by the seeds and what earlier runs left, and in the end.
    reached: (u64, u64),
    /// Inputs that it found to be wrong: files.
    pub(super) found: Vec<String>,
}

impl Report {
    pub(super) const HEADING: &str = "target         runs    runs/s  edges at start  new  found";

    pub(super) fn read(said: &str, found: Vec<String>) -> Result<Self> {
        let statistic = |name: &str| number_after(said, &format!("stat::{name}:"));
        let runs = statistic("number_of_executed_units").context("no number of runs")?;
        let per_second = statistic("average_exec_per_sec").context("no runs per second")?;
        let edges: Vec<u64> = said
            .lines()
            .filter(|line| line.starts_with('#'))
            .filter_map(|line| number_after(line, "cov:"))
            .collect();
        let start = said.lines().find(|line| line.contains("INITED"));
        let start = start.and_then(|line| number_after(line, "cov:")).unwrap_or_default();
        Ok(Report {
            runs,
            per_second,
            reached: (start, edges.last().copied().unwrap_or(start)),
            found,
        })
    }

    pub(super) fn line(&self, target: &str) -> String {
        let Report { runs, per_second, reached: (start, end), found } = self;
        let (new, found) = (end.saturating_sub(*start), found.len());
        format!("{target:<7}{runs:>12}{per_second:>10}{start:>16}{new:>5}{found:>7}")
    }
}

/// The first number behind a word.
fn number_after(text: &str, word: &str) -> Option<u64> {
    let (_, rest) = text.split_once(word)?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "\
INFO: seed corpus: files: 12
#13\tINITED cov: 400 ft: 900 corp: 12/3Kb exec/s: 0 rss: 40Mb
#500\tNEW    cov: 420 ft: 950 corp: 13/3Kb lim: 4096 exec/s: 0 rss: 40Mb
#1000\tDONE   cov: 431 ft: 960 corp: 14/3Kb lim: 4096 exec/s: 100 rss: 40Mb
stat::number_of_executed_units: 1000
stat::average_exec_per_sec:     100
";

    #[test]
    fn a_report_has_what_the_fuzzer_said() {
        let report = Report::read(SAID, vec!["crash-1".to_owned()]).expect("whole");
        assert_eq!(report.line("wal"), "wal            1000       100             400   31      1");
    }

    #[test]
    fn a_fuzzer_that_did_not_run_is_no_report() {
        assert!(Report::read("INFO: seed corpus", Vec::new()).is_err());
    }
}
