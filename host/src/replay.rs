//! Recorded events through the same judge as live ones: same batches, same sandbox, same fuel.

mod schema;

use std::io::{self, BufRead, Write};

use daemoneye_bus::event::{BatchBuilder, Event};
use serde::Serialize;

use crate::judge::{Found, Judge};

pub use schema::{Schema, SchemaError};

/// One line of output.
#[derive(Serialize)]
struct Line<'a> {
    rule: &'a str,
    /// From 0, of the input.
    line: u64,
    title: &'a str,
    severity: &'a str,
    techniques: &'a [String],
    evidence: &'a [daemoneye_bus::alert::Evidence],
}

/// What became of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines that are events.
    pub events: u64,
    /// Lines that are not, with their number from 0 and the reason; blank lines are neither.
    pub malformed: u64,
    /// Findings written.
    pub findings: u64,
    /// Pairs of rule and event that were not judged: over budget, a fault, or not shown after one.
    pub unjudged: u64,
}

/// Why a replay ends early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The events cannot be read.
    #[error("events: line {line}: {cause}")]
    Read {
        /// From 0.
        line: u64,
        /// Why.
        cause: io::Error,
    },
    /// The findings cannot be written.
    #[error("findings: {0}")]
    Write(#[source] io::Error),
}

/// A line that is no event.
#[derive(Debug)]
pub struct Malformed {
    /// From 0.
    pub line: u64,
    /// What is wrong with it.
    pub cause: SchemaError,
}

/// Judges every line of `events`, one JSON object each, and writes one line of JSON for each
/// finding. Malformed lines go to `complain` and do not stop the run.
///
/// # Errors
/// If the events cannot be read or the findings cannot be written.
pub fn replay(
    judge: &mut Judge,
    schema: Schema,
    mut events: impl BufRead,
    mut findings: impl Write,
    mut complain: impl FnMut(Malformed),
) -> Result<Summary, ReplayError> {
    let mut summary = Summary::default();
    let mut batch = Pending::default();
    let mut text = Vec::new();
    for line in 0.. {
        text.clear();
        let read = events.read_until(b'\n', &mut text);
        if read.map_err(|cause| ReplayError::Read { line, cause })? == 0 {
            break;
        }
        match schema.event(&text) {
            Ok(None) => {}
            Ok(Some(event)) => {
                summary.events += 1;
                batch.push(&event, line);
            }
            Err(cause) => {
                summary.malformed += 1;
                complain(Malformed { line, cause });
            }
        }
        if batch.builder.is_full() {
            batch.judge(judge, &mut findings, &mut summary)?;
        }
    }
    batch.judge(judge, &mut findings, &mut summary)?;
    findings.flush().map_err(ReplayError::Write)?;
    let accounts = judge.report();
    summary.unjudged =
        accounts.iter().map(|rule| rule.over_budget + rule.faulted + rule.shed).sum();
    Ok(summary)
}

/// A batch in the making, with the line of each row.
#[derive(Default)]
struct Pending {
    builder: BatchBuilder,
    lines: Vec<u64>,
}

impl Pending {
    fn push(&mut self, event: &Event, line: u64) {
        self.builder.push(event);
        self.lines.push(line);
    }

    fn judge(
        &mut self,
        judge: &mut Judge,
        findings: &mut impl Write,
        summary: &mut Summary,
    ) -> Result<(), ReplayError> {
        let Some(batch) = self.builder.finish() else { return Ok(()) };
        let (found, unjudged) = judge.judge(&batch);
        for failed in unjudged {
            tracing::error!(rule = failed.rule, rows = failed.rows.len(), "{}", failed.why);
        }
        for found in found {
            write(findings, &found, self.lines[found.row]).map_err(ReplayError::Write)?;
            summary.findings += 1;
        }
        self.lines.clear();
        Ok(())
    }
}

fn write(findings: &mut impl Write, found: &Found, line: u64) -> io::Result<()> {
    let Found { rule, evidence, .. } = found;
    let line = Line {
        rule: &rule.id,
        line,
        title: &rule.title,
        severity: rule.severity.name(),
        techniques: &rule.techniques,
        evidence,
    };
    serde_json::to_writer(&mut *findings, &line)?;
    findings.write_all(b"\n")
}
