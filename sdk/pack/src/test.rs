//! `daemoneye-pack test`: the tests of a pack on the real host, and what each rule costs there.
//!
//! ```text
//! measure  one rule at a time through the host: verdicts, fuel, time, memory
//! benign   all rules over events of ordinary machines
//! report   what came of it, for people and as JSON
//! junit    the same for continuous integration
//! ```

mod benign;
mod junit;
mod measure;
mod report;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use daemoneye_host::judge::JudgeError;
use daemoneye_pack_format::{Pack, Rule};

use self::benign::{Benign, BenignError};
use self::measure::Measured;
use crate::args::Format;
use crate::host::{HostError, Place};
use crate::progress::Progress;

/// Run the tests of a pack on the real host, and measure what each rule costs.
///
/// Fuel is what judging one event took (the mean of the test events, and the worst of them); the
/// same pack takes the same everywhere. Time is the median and the 99th percentile for one event, sent
/// alone, on this machine. Memory is the most that the instance had. The signature is not asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The folder of the pack, or its .pack file.
    pack: PathBuf,
    /// Events of ordinary machines, one JSON object per line: rules should be silent on them.
    #[arg(long, value_name = "FILE")]
    benign: Option<PathBuf>,
    /// The share of the benign events that a rule may find, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, requires = "benign")]
    max_hit_rate: f64,
    /// How to show it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Also write the results as JUnit XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

const EXAMPLES: &str = "\
Examples:
  daemoneye-pack test ./my-rules
  daemoneye-pack test ./my-rules --benign ordinary.jsonl --max-hit-rate 0.0001
  daemoneye-pack test ./my-rules --format json --junit results.xml

Exit codes:
  0  every test holds, within the declared budgets, and the benign events are left alone
  1  something does not hold, or the pack is refused
  2  the command line was not understood";

/// Why nothing was tested.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Host(#[from] HostError),
    #[error(transparent)]
    Judge(#[from] JudgeError),
    #[error(transparent)]
    Benign(#[from] BenignError),
    #[error("{}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
}

/// What came of a pack.
struct Results {
    pack: Pack,
    rules: Vec<Measured>,
    benign: Option<Benign>,
}

impl Results {
    fn passed(&self) -> bool {
        self.rules.iter().all(|rule| rule.failures().next().is_none())
            && self.benign.as_ref().is_none_or(|benign| benign.noisy().next().is_none())
    }
}

/// What is shown, and whether everything holds.
pub(crate) fn run(args: &Args) -> Result<(String, bool), Failed> {
    let results = results(args)?;
    if let Some(path) = &args.junit {
        let io = |source| Failed::Write { path: path.clone(), source };
        let xml = junit::xml(&results).map_err(io)?;
        fs::write(path, xml).map_err(io)?;
    }
    let shown = match args.format {
        Format::Text => report::text(&results),
        Format::Json => format!("{:#}\n", report::json(&results)),
    };
    Ok((shown, results.passed()))
}

fn results(args: &Args) -> Result<Results, Failed> {
    let mut host = args.place.open()?;
    let ready = host.read(&args.pack)?;
    let rules = &ready.pack.rules;
    let progress = Progress::of(rules.len() + usize::from(args.benign.is_some()));
    let measure = |rule: &Rule| {
        let mut judge = host.judge(&ready.catalog.only(rule.id.as_str()))?;
        let measured = measure::measure(rule, &mut judge);
        progress.step();
        Ok(measured)
    };
    let rules = rules.iter().map(measure).collect::<Result<_, JudgeError>>()?;
    let over = |path: &Path| {
        let mut judge = host.judge(&ready.catalog)?;
        Ok::<_, Failed>(benign::judge(&mut judge, path, args.max_hit_rate)?)
    };
    let benign = args.benign.as_deref().map(over).transpose()?;
    Ok(Results { pack: ready.pack, rules, benign })
}
