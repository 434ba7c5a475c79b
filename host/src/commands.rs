//! What the agent's commands do.
#![expect(clippy::print_stdout, reason = "`test` reports there")]

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use daemoneye_bus::control::RuleCounts;
use daemoneye_config::Layers;
use daemoneye_host::catalog::folder::{self, Guard};
use daemoneye_host::catalog::{Catalog, Languages, Refusal};
use daemoneye_host::collector::{self, Nursery};
use daemoneye_host::config::{Config, ConfigError};
use daemoneye_host::judge::{self, Judge};
use daemoneye_host::plugin::{Allowed, Sandbox};
use daemoneye_host::replay::{Malformed, Schema, replay};
use daemoneye_host::sight::Sight;
use daemoneye_host::{agent, confinement, proof};
use daemoneye_pack_format::{Pack, Trust};
use tokio::sync::watch;

use crate::args::{self, Command};
use crate::manual;

/// The exit code for rules that are none: `EX_DATAERR` of BSD's `sysexits.h`.
const BAD_RULES: u8 = 65;
/// The exit code for a configuration that is none: `EX_CONFIG` there.
const BAD_CONFIGURATION: u8 = 78;
/// Malformed lines that are told one by one.
const MAX_COMPLAINTS: u64 = 20;

pub(crate) fn run(command: &Command) -> Result<ExitCode> {
    match command {
        Command::Run(arguments) => watch(arguments),
        Command::Config(told) => tell(told),
        Command::Manual { folder } => manual::write(folder).map(|()| ExitCode::SUCCESS),
        Command::Replay(arguments) => replay_file(arguments),
        Command::Test(arguments) => test(arguments),
    }
}

fn watch(arguments: &args::Run) -> Result<ExitCode> {
    let config = match configuration(&arguments.told) {
        Ok((config, _)) => config,
        Err(error) => return Ok(misconfigured(&error)),
    };
    // Before it is confined, and before there is any other thread.
    let starts = !collector::plans(&config, std::process::id()).is_empty();
    let nursery = starts.then(Nursery::open).transpose().context("thread")?;
    let confinement = confinement::confine(&config);
    let runtime = tokio::runtime::Runtime::new().context("runtime")?;
    runtime.block_on(async {
        let (stop, stopped) = watch::channel(false);
        let signals = end_signals()?;
        tokio::spawn(async move {
            signals.await;
            stop.send_replace(true);
        });
        agent::run(config, confinement, nursery, stopped).await.map_err(anyhow::Error::from)
    })?;
    // A sink that hangs must not keep the process.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

fn configuration(told: &args::Told) -> Result<(Config, Layers), ConfigError> {
    let layers = Config::layers(told.config.as_deref(), &told.set)?;
    Ok((Config::of(&layers)?, layers))
}

fn misconfigured(error: &ConfigError) -> ExitCode {
    eprintln!("daemoneye-agent: {error}");
    ExitCode::from(BAD_CONFIGURATION)
}

/// What the configuration comes to, for `daemoneye`, which does not know its keys.
fn tell(told: &args::Told) -> Result<ExitCode> {
    let said = configuration(told).and_then(|(_, layers)| {
        let keys = layers.told::<Config>()?;
        let files: Vec<_> = layers.files().collect();
        Ok(serde_json::json!({ "files": files, "keys": keys }))
    });
    match said {
        Ok(said) => writeln!(io::stdout(), "{said:#}")?,
        Err(error) => return Ok(misconfigured(&error)),
    }
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
    let Loaded { mut judge, refused } = load(&arguments.rules)?;
    for refusal in &refused {
        eprintln!("{refusal}");
    }
    if !refused.is_empty() {
        eprintln!("{} rules are refused", refused.len());
        if !arguments.skip_refused {
            eprintln!("nothing is judged; --skip-refused goes on without them");
            return Ok(ExitCode::from(BAD_RULES));
        }
    }
    let events = open(&arguments.events)?;
    let findings = create(&arguments.findings)?;
    let mut complaints = 0;
    let complain = |Malformed { line, cause }| {
        complaints += 1;
        if complaints <= MAX_COMPLAINTS {
            eprintln!("{}: line {line}: {cause}", arguments.events.display());
        }
    };
    let started = Instant::now();
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
    let mut judge = load(&arguments.rules)?.judge;
    let pack = Pack::read(&arguments.rules.pack, &trust(&arguments.rules)?)?;
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

/// A judge that has the rules and no others.
struct Loaded {
    judge: Judge,
    /// Loose rules that it does not have.
    refused: Vec<Refusal>,
}

/// Compiles the rules and loads them into the engine; says how long either took.
fn load(rules: &args::Rules) -> Result<Loaded> {
    let plugins = rules.plugins.clone().unwrap_or_else(|| Config::default().plugins);
    let sandbox = Sandbox::new(rules.cache.as_deref())?.allowing(Allowed::as_requested());
    let mut languages =
        Languages::load(&sandbox, &plugins, Sight::Recorded, rules.cache.as_deref())?;
    let engine = judge::engine(&sandbox, &plugins)?;
    let started = Instant::now();
    let (mut catalog, mut refused) = compile(rules, &sandbox, &mut languages)?;
    languages.keep();
    let compiling = started.elapsed();
    let (judge, withdrawn) = Judge::load(&engine, &mut catalog)?;
    refused.extend(withdrawn);
    let RuleCounts { active, inert, .. } = catalog.counts();
    eprintln!(
        "{active} rules, {inert} inert; {} compiled in {:.0} ms, loaded in {:.0} ms",
        languages.compiled(),
        compiling.as_secs_f64() * 1e3,
        (started.elapsed() - compiling).as_secs_f64() * 1e3,
    );
    Ok(Loaded { judge, refused })
}

/// The rules of a pack, all or none; or loose rules, each for itself.
fn compile(
    rules: &args::Rules,
    sandbox: &Sandbox,
    languages: &mut Languages,
) -> Result<(Catalog, Vec<Refusal>)> {
    let mut catalog = Catalog::default();
    if rules.pack.join("pack.toml").exists() || !rules.pack.is_dir() {
        catalog.add(&rules.pack, &trust(rules)?, sandbox, languages)?;
        return Ok((catalog, Vec::new()));
    }
    let folder = rules.pack.display();
    if !rules.allow_unsigned {
        bail!("{folder} is no pack, and nobody signs loose rules: --allow-unsigned loads them");
    }
    let endings = languages.endings();
    let listing = folder::list(&rules.pack, Guard::Open, &endings)?;
    ensure!(!listing.rules.is_empty(), "{folder}: no pack.toml, and no rule of a known language");
    if listing.passed_over > 0 {
        eprintln!("{folder}: {} other files are no rules", listing.passed_over);
    }
    let found: Vec<_> =
        listing.rules.iter().map(|(file, stamp)| folder::read(file, stamp, &endings)).collect();
    let refused = catalog.add_loose(&found, languages);
    Ok((catalog, refused))
}

fn trust(rules: &args::Rules) -> Result<Trust> {
    Ok(match &rules.trust {
        Some(folder) => Trust::load(folder)?,
        None => Trust::AllowUnsigned,
    })
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
