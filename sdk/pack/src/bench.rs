//! `daemoneye-pack bench`: what each rule of a pack costs over events.
//!
//! ```text
//! measure  one judge over batches: fuel, time, candidates, memory
//! report   for people and as JSON
//! ```

mod measure;
mod report;

use std::path::{Path, PathBuf};

use daemoneye_bus::event::{Batch, Event, MAX_ROWS};
use daemoneye_host::judge::JudgeError;
use daemoneye_pack_format::Rule;

use self::measure::Cost;
use crate::args::Format;
use crate::host::{Host, HostError, Place, Ready};
use crate::progress::Progress;
use crate::recorded::{self, RecordedError};

/// Events of an ordinary machine, which come with this program.
const ORDINARY: &str = include_str!("../../../tests/data/benign.jsonl");

/// Measure what each rule of a pack costs over events.
///
/// Each rule is measured alone, then all of them together. FUEL/EVENT is what the rule itself took,
/// spread over all events; OPEN is what it took to bring the events in and to name candidates.
/// CANDIDATES are the events that the index did not rule out. Fuel is the same on every machine; time
/// is this machine's, per event, as the median and the 99th percentile of batches. Without --events
/// the pack's own test events are taken, and events of an ordinary machine.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The folder of the pack, or its .pack file.
    pack: PathBuf,
    /// Recorded events, one JSON object per line.
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// Events in a batch, 1 to 1024.
    #[arg(long, value_name = "N", default_value_t = 256,
          value_parser = clap::value_parser!(u64).range(1..=MAX_ROWS as u64))]
    batch: u64,
    /// How to show it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    place: Place,
}

const EXAMPLES: &str = "\
Examples:
  daemoneye-pack bench ./my-rules
  daemoneye-pack bench ./my-rules --events recorded.jsonl --batch 1
  daemoneye-pack bench ./my-rules --format json | jq '.rules[] | [.rule, .fuel_per_event]'

Exit codes:
  0  measured
  1  the pack is refused, or the events are none
  2  the command line was not understood";

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Failed {
    #[error(transparent)]
    Host(#[from] HostError),
    #[error(transparent)]
    Judge(#[from] JudgeError),
    #[error(transparent)]
    Events(#[from] RecordedError),
}

/// What came of a pack.
struct Results {
    pack: String,
    release: u64,
    events: usize,
    batch: usize,
    rules: Vec<(String, Cost)>,
    /// All rules in one judge, as on an endpoint.
    together: Cost,
}

pub(crate) fn run(args: &Args) -> Result<String, Failed> {
    let results = results(args)?;
    Ok(match args.format {
        Format::Text => report::text(&results),
        Format::Json => format!("{:#}\n", report::json(&results)),
    })
}

fn results(args: &Args) -> Result<Results, Failed> {
    let mut host = args.place.open()?;
    let ready = host.read(&args.pack)?;
    let rows = usize::try_from(args.batch).expect("at most 1,024");
    let batches = match &args.events {
        Some(path) => of_file(path, rows)?,
        None => of_pack(&ready.pack.rules, rows)?,
    };
    let progress = Progress::of(ready.pack.rules.len() + 1);
    let cost = |rule: &Rule| {
        let id = rule.id.to_string();
        let mut judge = host.judge(&ready.catalog.only(&id))?;
        let cost = measure::cost(&mut judge, &batches);
        progress.step();
        Ok((id, cost))
    };
    let rules = ready.pack.rules.iter().map(cost).collect::<Result<_, JudgeError>>()?;
    let together = together(&host, &ready, &batches)?;
    progress.step();
    let (pack, release) = (ready.pack.id.to_string(), ready.pack.release);
    let events = batches.iter().map(Batch::rows).sum();
    Ok(Results { pack, release, events, batch: rows, rules, together })
}

fn together(host: &Host, ready: &Ready, batches: &[Batch]) -> Result<Cost, JudgeError> {
    Ok(measure::cost(&mut host.judge(&ready.catalog)?, batches))
}

fn of_file(path: &Path, rows: usize) -> Result<Vec<Batch>, RecordedError> {
    let batches = recorded::open(path, rows)?.map(|part| Ok(part?.batch));
    let batches = batches.collect::<Result<Vec<Batch>, RecordedError>>()?;
    if batches.is_empty() { Err(RecordedError::Empty(path.to_owned())) } else { Ok(batches) }
}

/// The events of all tests, then the ordinary ones.
fn of_pack(rules: &[Rule], rows: usize) -> Result<Vec<Batch>, RecordedError> {
    let tests: Vec<&Event> =
        rules.iter().flat_map(|rule| &rule.tests).flat_map(|test| &test.events).collect();
    let tests = tests.chunks(rows).filter_map(|events| Batch::from_events(events.iter().copied()));
    let ordinary = recorded::of(Path::new("ordinary events"), ORDINARY.as_bytes(), rows);
    tests.map(Ok).chain(ordinary.map(|part| Ok(part?.batch))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ordinary_events_are_events_whatever_the_batch() {
        for rows in [1, 7, 256] {
            let batches = of_pack(&[], rows).expect("events");
            let events: usize = batches.iter().map(Batch::rows).sum();
            assert_eq!(events, ORDINARY.lines().count());
            assert!(batches.iter().all(|batch| batch.rows() <= rows));
        }
    }
}
