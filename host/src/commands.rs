//! What the agent's commands do.
#![expect(clippy::print_stdout, reason = "`test` reports there")]

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use daemoneye_host::catalog::{Catalog, Languages};
use daemoneye_host::config::Config;
use daemoneye_host::judge::Judge;
use daemoneye_host::plugin::Sandbox;
use daemoneye_host::replay::{Malformed, Schema, replay};
use daemoneye_host::{agent, proof};
use daemoneye_pack_format::{Pack, Trust, TrustedKeys};
use tokio::sync::watch;

use crate::args::{self, Command};

/// Malformed lines that are told one by one.
const MAX_COMPLAINTS: u64 = 20;

pub(crate) fn run(command: &Command) -> Result<ExitCode> {
    match command {
        Command::Run(arguments) => watch(arguments),
        Command::Replay(arguments) => replay_file(arguments),
        Command::Test(arguments) => test(arguments),
    }
}

fn watch(arguments: &args::Run) -> Result<ExitCode> {
    let config = arguments.config.as_deref().map_or_else(|| Ok(Config::default()), Config::load)?;
    let runtime = tokio::runtime::Runtime::new().context("runtime")?;
    runtime.block_on(async {
        let (stop, stopped) = watch::channel(false);
        let signals = end_signals()?;
        tokio::spawn(async move {
            signals.await;
            stop.send_replace(true);
        });
        agent::run(config, stopped).await.map_err(anyhow::Error::from)
    })?;
    // A sink that hangs must not keep the process.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

/// Done at the first SIGTERM or SIGINT.
fn end_signals() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn replay_file(arguments: &args::Replay) -> Result<ExitCode> {
    let (mut judge, _) = judge(&arguments.rules)?;
    let events = open(&arguments.events)?;
    let findings = create(&arguments.findings)?;
    let mut complaints = 0;
    let complain = |Malformed { line, cause }| {
        complaints += 1;
        if complaints <= MAX_COMPLAINTS {
            eprintln!("{}: line {line}: {cause}", arguments.events.display());
        }
    };
    let started = std::time::Instant::now();
    let summary = replay(&mut judge, arguments.schema, events, findings, complain)?;
    if summary.malformed > MAX_COMPLAINTS {
        eprintln!("... and {} more malformed lines", summary.malformed - MAX_COMPLAINTS);
    }
    let seconds = started.elapsed().as_secs_f64();
    eprintln!(
        "{} events, {} malformed lines, {} findings, {} not judged; {seconds:.2} s, {:.0} events/s",
        summary.events,
        summary.malformed,
        summary.findings,
        summary.unjudged,
        summary.events as f64 / seconds,
    );
    Ok(ExitCode::SUCCESS)
}

fn test(arguments: &args::Test) -> Result<ExitCode> {
    let (mut judge, pack) = judge(&arguments.rules)?;
    let proof = proof::prove(&pack, &mut judge);
    for failure in &proof.failures {
        println!("{}: {}: {}", failure.rule, failure.test, failure.what);
    }
    let held = proof.tests - proof.failures.len();
    println!("{}: {} rules, {held} of {} tests hold", pack.id, pack.rules.len(), proof.tests);
    let silent = match &arguments.benign {
        Some(events) => benign(&mut judge, events)?,
        None => true,
    };
    let good = proof.failures.is_empty() && silent;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether no rule finds anything in events of ordinary machines.
fn benign(judge: &mut Judge, path: &Path) -> Result<bool> {
    let mut malformed = 0;
    let complain = |Malformed { line, cause }| {
        malformed += 1;
        println!("{}: line {line}: {cause}", path.display());
    };
    let summary = replay(judge, Schema::Daemoneye, open(path)?, io::stdout().lock(), complain)?;
    println!("{}: {} benign events, {} findings", path.display(), summary.events, summary.findings);
    Ok(summary.findings == 0 && malformed == 0)
}

/// The pack and a judge that has its rules and no others.
fn judge(rules: &args::Rules) -> Result<(Judge, Pack)> {
    let trust = match &rules.trust {
        Some(folder) => Trust::Keys(TrustedKeys::load(folder)?),
        None => Trust::AllowUnsigned,
    };
    let plugins = rules.plugins.clone().unwrap_or_else(|| Config::default().plugins);
    let sandbox = Sandbox::new(rules.cache.as_deref())?;
    let mut languages = Languages::load(&sandbox, &plugins)?;
    let mut catalog = Catalog::default();
    catalog.add(&rules.pack, &trust, &mut languages)?;
    let judge = Judge::load(&sandbox, &plugins, &catalog)?;
    Ok((judge, Pack::read(&rules.pack, &trust)?))
}

fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let file = File::open(path).with_context(|| format!("events {}", path.display()))?;
    Ok(Box::new(BufReader::new(file)))
}

fn create(path: &Path) -> Result<Box<dyn Write>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufWriter::new(io::stdout())));
    }
    let file = File::create(path).with_context(|| format!("findings {}", path.display()))?;
    Ok(Box::new(BufWriter::new(file)))
}
