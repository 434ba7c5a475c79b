//! From a hundred rules to ten thousand: what an event costs.

use anyhow::Result;
use daemoneye_benches::contender::{Component, Components, Contender, Native};
use daemoneye_benches::corpus::Product;
use daemoneye_benches::measure;
use daemoneye_benches::options::Options;
use daemoneye_bus::event::MAX_ROWS;
use daemoneye_host::plugin::Limits;

const RULES: [usize; 3] = [100, 1_000, 10_000];
/// The agent's limits are for fewer rules than the most here.
const LIMITS: Limits = Limits { memory_bytes: 512 << 20, ..Limits::RULES };

/// Nanoseconds per event of the component and of the linked engine.
type Costs = [f64; 2];

/// Prints nanoseconds per event for each number of rules, and how far they grow from the first.
pub(crate) fn print(
    options: &Options,
    components: &mut Components,
    product: &Product,
) -> Result<()> {
    println!("\nscale: {} rules and mutated copies, batch {MAX_ROWS}", product.name);
    println!("  {:<14} {:>6} {:>9} {:>10}  loaded in", "contender", "rules", "ns/event", "ev/s");
    let [first, rest @ ..] = RULES;
    let before = step(options, components, &product.with_rules(first))?;
    for rules in rest {
        let after = step(options, components, &product.with_rules(rules))?;
        let [component, native] = [0, 1].map(|number| after[number] / before[number]);
        print!("ratio: cost per event of {rules} rules / {first} rules: ");
        println!("component = {component:.2} x, native = {native:.2} x");
    }
    Ok(())
}

fn step(options: &Options, components: &mut Components, product: &Product) -> Result<Costs> {
    let mut contenders: [Box<dyn Contender>; 2] = [
        Box::new(Component::load_within(LIMITS, components, product)?.forgetting(true)),
        Box::new(Native::load(product)?),
    ];
    let events = product.events.len();
    let timings = measure::alternate(&mut contenders, events, MAX_ROWS, options.spend());
    for (contender, timing) in contenders.iter().zip(&timings) {
        let (name, loading, rate) =
            (contender.name(), contender.loading(), timing.events_per_second());
        println!("  {name:<14} {:>6} {:>9.0} {rate:>10.0}  {loading}", loading.loaded, 1e9 / rate);
    }
    Ok([0, 1].map(|number| 1e9 / timings[number].events_per_second()))
}
