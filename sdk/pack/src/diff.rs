//! `daemoneye-pack diff`: two releases over the same recorded events.
//!
//! ```text
//! compare  what each found, rule by rule
//! report   for people and as JSON
//! ```

mod compare;
mod report;

use std::path::{Path, PathBuf};

use daemoneye_bus::event::MAX_ROWS;
use daemoneye_host::judge::JudgeError;

use self::compare::{Comparison, Rules};
use crate::args::Format;
use crate::host::{HostError, Place, Ready};
use crate::progress::Progress;
use crate::recorded::{self, RecordedError};

/// Compare what two releases of a pack find in the same recorded events.
///
/// Both judge every event, each for itself. Rules are told apart by their ids: those that only one
/// release has, those that changed, and what each found alone. Signatures are not asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The release that is in force: the folder of a pack, or its .pack file.
    old: PathBuf,
    /// The release that is to come.
    new: PathBuf,
    /// Recorded events, one JSON object per line.
    #[arg(long, value_name = "FILE")]
    events: PathBuf,
    /// How to show it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    place: Place,
}

const EXAMPLES: &str = "\
Examples:
  daemoneye-pack diff linux-3.pack ./linux-essentials --events recorded.jsonl
  daemoneye-pack diff old.pack new.pack --events recorded.jsonl --format json | jq '.rules[].only_new'

Exit codes:
  0  both find the same in these events, whatever changed in the rules
  1  they do not
  2  the command line was not understood, a pack is refused, or the events are none";

/// Why nothing was compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Failed {
    #[error("the {which} release: {source}")]
    Release { which: &'static str, source: Box<HostError> },
    #[error(transparent)]
    Plugins(#[from] HostError),
    #[error(transparent)]
    Judge(#[from] JudgeError),
    #[error(transparent)]
    Events(#[from] RecordedError),
}

/// What came of both.
struct Results {
    old: Ready,
    new: Ready,
    rules: Rules,
    found: Comparison,
}

/// What is shown, and whether both find the same.
pub(crate) fn run(args: &Args) -> Result<(String, bool), Failed> {
    let results = results(args)?;
    let shown = match args.format {
        Format::Text => report::text(&results),
        Format::Json => format!("{:#}\n", report::json(&results)),
    };
    Ok((shown, results.found.is_same()))
}

fn results(args: &Args) -> Result<Results, Failed> {
    let mut host = args.place.open()?;
    let mut read = |which, pack: &Path| {
        host.read(pack).map_err(|source| Failed::Release { which, source: source.into() })
    };
    let (old, new) = (read("old", &args.old)?, read("new", &args.new)?);
    let (mut before, mut after) = (host.judge(&old.catalog)?, host.judge(&new.catalog)?);
    let mut found = Comparison::default();
    let mut events = recorded::open(&args.events, MAX_ROWS)?;
    let progress = Progress::to(events.bytes().1);
    while let Some(part) = events.next() {
        found.judge(&mut before, &mut after, &part?);
        progress.reach(events.bytes().0);
    }
    drop(progress);
    if found.events == 0 {
        return Err(RecordedError::Empty(args.events.clone()).into());
    }
    Ok(Results { rules: Rules::of(&old.pack, &new.pack), old, new, found })
}
