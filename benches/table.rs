//! How figures are printed.
#![expect(clippy::print_stdout, reason = "a bench reports there")]

use std::path::Path;

use crate::contender::{Contender, Unjudged};
use crate::corpus::{Product, SEED, SIZES};
use crate::measure::Timing;
use crate::options::Files;

/// Prints which files are measured with.
pub fn print_files(files: &Files) {
    println!("rules:    {}", shown(&files.rules));
    println!("events:   {}", shown(&files.events));
    match &files.verdicts {
        Some(verdicts) => println!("verdicts: {}", shown(verdicts)),
        None => println!("verdicts: none, so that nothing is compared"),
    }
}

fn shown(path: &Path) -> String {
    path.canonicalize()
        .map_or_else(|_| path.display().to_string(), |path| path.display().to_string())
}

/// Prints what there is of a product, and what each contender made of the rules.
pub fn print_product(product: &Product, contenders: &[Box<dyn Contender>]) {
    let Product { name, rules, events, .. } = product;
    println!("\n{name}: {} rules, {} events", rules.len(), events.len());
    for contender in contenders {
        let loading = contender.loading();
        let (name, refused) = (contender.name(), &loading.refused);
        let (loaded, few) = (loading.loaded, refused.len());
        println!("  {name:<14} {loaded} loaded, {few} refused, in {loading}");
        for (rule, reason) in refused.iter().take(3) {
            println!("  {:<14} refused {rule}: {}", "", reason.lines().next().unwrap_or_default());
        }
    }
}

/// Prints the line above [`print_timing`]'s; `budget` and `faults` are pairs without a verdict.
pub fn print_head() {
    println!(
        "  {:<14} {:>5} {:>11} {:>9} {:>9} {:>9} {:>9}  {:>8} {:>7} {:>5} {:>6} {:>6}",
        "contender",
        "batch",
        "ev/s",
        "p50 us",
        "p99 us",
        "p99.9 us",
        "max us",
        "agreeing",
        "missing",
        "extra",
        "budget",
        "faults",
    );
}

/// Prints what a contender took, and whether what it found is right.
pub fn print_timing(name: &str, rows: usize, timing: &Timing, product: &Product) {
    let [p50, p99, p999, max] = timing.percentiles([0.5, 0.99, 0.999, 1.0]);
    let agreement = product.expected.as_ref().map(|expected| timing.agreement(expected));
    let unjudged: Unjudged = timing.unjudged.iter().copied().sum();
    let verdict = match agreement {
        Some(of) => format!("{:>8} {:>7} {:>5}", of.agreeing, of.missing, of.extra),
        None => format!("{:>8} {:>7} {:>5}", "-", "-", "-"),
    };
    println!(
        "  {name:<14} {rows:>5} {:>11.0} {p50:>9.2} {p99:>9.2} {p999:>9.2} {max:>9.2}  {verdict} {:>6} {:>6}",
        timing.events_per_second(),
        unjudged.over_budget,
        unjudged.faulted,
    );
}

/// Prints how many events a contender did not judge anew, of all that it was given.
pub fn print_known(known: u64, timing: &Timing) {
    println!("  {known} of {} events were known again, and not shown to the rules", timing.given());
}

/// Prints how many times the events per second of another the component has.
pub fn print_ratio(product: &str, rows: usize, component: &Timing, peer: (&str, &Timing)) {
    let ratio = component.events_per_second() / peer.1.events_per_second();
    println!("ratio: {product} batch {rows}: component / {} = {ratio:.2} x", peer.0);
}

/// Prints how many times the time of the linked engine the component takes.
pub fn print_slowdown(product: &str, rows: usize, component: &Timing, native: &Timing) {
    let [component, native] = [component, native].map(|timing| 1e9 / timing.events_per_second());
    println!(
        "ratio: {product} batch {rows}: time of component / native = {:.2}  ({component:.0} / \
         {native:.0} ns per event)",
        component / native
    );
}

/// Prints what one event of each of [`SIZES`] took.
pub fn print_long(product: &str, contenders: &[Box<dyn Contender>], timings: &[Timing]) {
    println!("\nlong command lines: {product} rules, batch 1, random base64 of seed {SEED}");
    println!(
        "  {:<14} {:>9} {:>11} {:>6} {:>6}",
        "contender", "bytes", "median ms", "budget", "faults"
    );
    for (number, bytes) in SIZES.iter().enumerate() {
        for (contender, timing) in contenders.iter().zip(timings) {
            let (name, Unjudged { over_budget, faulted }) =
                (contender.name(), timing.unjudged[number]);
            let median = timing.median_of(number).as_secs_f64() * 1e3;
            println!("  {name:<14} {bytes:>9} {median:>11.3} {over_budget:>6} {faulted:>6}");
        }
    }
}
