//! Promise: thousands of public rules inside the sandbox, at most 1.6 times the time of the same
//! plan run natively, with the verdicts of sqlite3.
#![expect(clippy::print_stdout, reason = "a bench reports there")]

mod load;
mod scale;

use anyhow::Result;
use clap::Parser;
use daemoneye_benches::contender::{Component, Components, Contender, Native};
use daemoneye_benches::corpus::{Product, SIZES};
use daemoneye_benches::options::{self, Options};
use daemoneye_benches::{measure, memory, table};

#[derive(Parser)]
#[command(name = "cargo xtask bench engine --", about = "Rules inside the sandbox", long_about = None)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Instead: what an event costs with 100, 1,000 and 10,000 rules
    #[arg(long)]
    scale: bool,
    /// Instead: what one event with a command line of 1 KiB to 1 MiB costs
    #[arg(long)]
    long: bool,
    /// Instead: how long 1,500 rules take to load
    #[arg(long)]
    load: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let options = &arguments.options;
    table::print_files(&options.files());
    let mut components = Components::compile(&options::plugins())?;
    for product in options.corpus()?.products() {
        if options.wants(&product.name) {
            measure(&arguments, &mut components, &product)?;
        }
    }
    if let Some(peak) = memory::peak() {
        println!("\npeak RSS of the whole run: {} MiB", peak >> 20);
    }
    Ok(())
}

/// What was asked for; without a word the comparison over all events. The extreme cases are measured
/// on Windows' rules, of which there are most, unless another product is named.
fn measure(arguments: &Arguments, components: &mut Components, product: &Product) -> Result<()> {
    let Arguments { options, scale, long, load } = arguments;
    if !(*scale || *long || *load) {
        return compare(options, components, product);
    }
    if options.product.is_empty() && product.name != "windows" {
        return Ok(());
    }
    if *scale {
        scale::print(options, components, product)?;
    }
    if *long {
        print_long(options, components, product)?;
    }
    if *load {
        load::print(components, product)?;
    }
    Ok(())
}

fn contenders(components: &mut Components, product: &Product) -> Result<Vec<Box<dyn Contender>>> {
    Ok(vec![Box::new(Component::load(components, product)?), Box::new(Native::load(product)?)])
}

fn compare(options: &Options, components: &mut Components, product: &Product) -> Result<()> {
    let mut contenders = contenders(components, product)?;
    table::print_product(product, &contenders);
    table::print_head();
    for rows in &options.batch {
        let events = product.events.len();
        let timings = measure::alternate(&mut contenders, events, *rows, options.spend());
        for (contender, timing) in contenders.iter().zip(&timings) {
            table::print_timing(contender.name(), *rows, timing, product);
        }
        table::print_slowdown(&product.name, *rows, &timings[0], &timings[1]);
    }
    Ok(())
}

fn print_long(options: &Options, components: &mut Components, product: &Product) -> Result<()> {
    let product = product.with_long_events(&SIZES);
    let mut contenders = contenders(components, &product)?;
    let timings = measure::alternate(&mut contenders, SIZES.len(), 1, options.spend());
    table::print_long(&product.name, &contenders, &timings);
    Ok(())
}
