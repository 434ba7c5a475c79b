//! `daemoneye-pack replay`: an alert is judged again, and says the same or why not.
//!
//! ```text
//! alerts   alerts as the agent, its command line and its sinks write them
//! again    one alert and what is said of its event today
//! report   for people and as JSON
//! ```

mod again;
mod alerts;
mod report;

use std::path::PathBuf;

use daemoneye_bus::alert::Alert;
use daemoneye_bus::event::JsonError;
use daemoneye_host::judge::{Judge, JudgeError, Patience, WitnessError};

use self::again::Again;
use self::alerts::AlertsError;
use crate::args::Format;
use crate::host::{HostError, Place, Ready};
use crate::progress::Progress;

/// Judge the event of an alert again, and compare verdict and fuel.
///
/// An alert carries its event, and what its rule said of this event alone, with hashes of the rule
/// and the engine (docs/alerts.md). Where rule, engine and build are the same, verdict and fuel must
/// be the same to the unit. Where they differ, it is told which, and fuel is not compared.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Alerts as JSON, one or many: a list, or one after the other; - reads standard input.
    #[arg(value_name = "ALERT.json")]
    alerts: PathBuf,
    /// The folder of the pack that the rule came in, or its .pack file.
    pack: PathBuf,
    /// Only the alert of this id.
    #[arg(long)]
    id: Option<String>,
    /// How to show it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    place: Place,
}

const EXAMPLES: &str = "\
Examples:
  daemoneye-pack replay alert.json linux.pack
  daemoneye alerts --format json | daemoneye-pack replay - ./linux-essentials
  daemoneye-pack replay /var/log/daemoneye/alerts.jsonl linux.pack --id 0f4e1d0c9b8a77665544332211009988

Exit codes:
  0  every alert says the same again, as far as it can be compared
  1  one does not, or cannot be judged; the reason is on standard error
  2  the command line was not understood";

/// Why an alert is not judged again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Failed {
    #[error(transparent)]
    Alerts(#[from] AlertsError),
    #[error(transparent)]
    Host(#[from] HostError),
    #[error(transparent)]
    Judge(#[from] JudgeError),
    #[error("alert {alert}: it is of the pack {its}, and this is {this}")]
    OtherPack { alert: String, its: String, this: String },
    #[error("alert {alert}: pack {pack} release {release}: {source}")]
    Rule { alert: String, pack: String, release: u64, source: Box<WitnessError> },
    #[error("alert {alert}: its event: {source}")]
    Event { alert: String, source: JsonError },
}

/// What is shown, and whether every alert says the same again.
pub(crate) fn run(args: &Args) -> Result<(String, bool), Failed> {
    let alerts = alerts::read(&args.alerts, args.id.as_deref())?;
    let mut host = args.place.open()?;
    let ready = host.read(&args.pack)?;
    let judge = host.judge(&ready.catalog)?;
    let progress = Progress::of(alerts.len());
    let again = |alert: &Alert| {
        let again = again(alert, &ready, &judge);
        progress.step();
        again
    };
    let all = alerts.iter().map(again).collect::<Result<Vec<Again>, Failed>>()?;
    drop(progress);
    let shown = match args.format {
        Format::Text => report::text(&all),
        Format::Json => format!("{:#}\n", report::json(&all)),
    };
    Ok((shown, all.iter().all(Again::is_same)))
}

fn again(alert: &Alert, Ready { pack, .. }: &Ready, judge: &Judge) -> Result<Again, Failed> {
    let id = || alert.id.clone();
    if alert.pack != pack.id.as_str() {
        let (its, this) = (alert.pack.clone(), pack.id.to_string());
        return Err(Failed::OtherPack { alert: id(), its, this });
    }
    let event = again::event(alert).map_err(|source| Failed::Event { alert: id(), source })?;
    let now = judge.witness(&alert.rule, &event, Patience::LONG);
    let now = now.map_err(|source| {
        let (pack, release) = (pack.id.to_string(), pack.release);
        Failed::Rule { alert: id(), pack, release, source: source.into() }
    })?;
    Ok(Again { alert: id(), rule: alert.rule.clone(), then: alert.witness.clone(), now })
}
