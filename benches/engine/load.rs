//! How long it takes until 1,500 rules judge: from their text, and from the agent's caches.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use daemoneye_benches::contender::{Component, Components, Contender, Loading, Native};
use daemoneye_benches::corpus::{Product, Rule};
use daemoneye_benches::options::plugins;
use daemoneye_bus::control::RuleWords;
use daemoneye_host::catalog::{Languages, Source};
use daemoneye_host::plugin::{About, Limits, Plan, RuleTemplate, Sandbox};
use daemoneye_host::sight::Sight;

const RULES: usize = 1_500;
const ROUNDS: usize = 5;

/// Where the time of a start goes.
struct Start {
    languages: Duration,
    plans: Duration,
    engine: Duration,
}

/// Prints the median of a few loads, until the rules are ready to judge.
pub(crate) fn print(components: &mut Components, product: &Product) -> Result<()> {
    let product = product.with_rules(RULES).with_long_events(&[]);
    println!("\nload: {RULES} {} rules, median of {ROUNDS}", product.name);
    println!("  WebAssembly to machine code, once: {:.0} ms", milliseconds(components.took));
    let component = || Ok(Component::load(components, &product)?.loading().clone());
    println!("  component, cold: {}", median(component, |loading: &Loading| loading.took)?);
    let native = || Ok(Native::load(&product)?.loading().clone());
    println!("  native, cold:    {}", median(native, |loading: &Loading| loading.took)?);
    let cache = tempfile::tempdir()?;
    start(&product, cache.path())?;
    let Start { languages, plans, engine } =
        median(|| start(&product, cache.path()), |start| start.plans + start.engine)?;
    println!(
        "  component, warm: {:.0} ms, of which {:.0} ms plans from the cache, {:.0} ms engine; \
         before that {:.0} ms opening languages and cache",
        milliseconds(plans + engine),
        milliseconds(plans),
        milliseconds(engine),
        milliseconds(languages),
    );
    Ok(())
}

/// A start of the agent with these caches, which it fills if they are empty.
fn start(product: &Product, cache: &Path) -> Result<Start> {
    let sandbox = Sandbox::new(Some(cache))?;
    let engine = std::fs::read(plugins().join("engine.wasm"))?;
    let template = RuleTemplate::compile(&sandbox, "engine", &engine)?;
    let started = Instant::now();
    let mut known = Languages::load(&sandbox, &plugins(), Sight::Recorded, Some(cache))?;
    let languages = started.elapsed();
    let compile = |rule: &Rule| {
        let compiled = known.compile(&source(rule)).ok()?;
        Some(Plan { rule: rule.id.clone(), bytes: compiled.plan })
    };
    let compiled = product.rules.iter().filter_map(compile).collect();
    let plans = started.elapsed() - languages;
    template.load(compiled, Limits::RULES)?;
    let engine = started.elapsed() - languages - plans;
    known.keep();
    Ok(Start { languages, plans, engine })
}

fn source(rule: &Rule) -> Source {
    Source {
        file: format!("{}.sql", rule.id).into(),
        pack: "corpus".to_owned(),
        language: "sql".to_owned(),
        text: rule.sql.clone(),
        text_line: 1,
        window: None,
        about: About { id: Some(rule.id.clone()), ..About::default() },
        words: RuleWords::default(),
    }
}

fn median<T>(mut load: impl FnMut() -> Result<T>, took: impl Fn(&T) -> Duration) -> Result<T> {
    let mut loads = (0..ROUNDS).map(|_| load()).collect::<Result<Vec<_>>>()?;
    loads.sort_by_key(took);
    Ok(loads.swap_remove(ROUNDS / 2))
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
