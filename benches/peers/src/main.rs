//! Our engine, in its sandbox and linked, beside other engines: same rules, same events, same run,
//! one thread.

mod rsigma;
mod sigma_rust;
mod sqlite;

use anyhow::Result;
use clap::Parser;
use daemoneye_benches::contender::{Component, Components, Contender, Native};
use daemoneye_benches::corpus::{Product, SIZES};
use daemoneye_benches::options::{self, Options};
use daemoneye_benches::{measure, table};

/// How many events the peers without an index judge; all of them would take them minutes.
const SAMPLE: usize = 200;

#[derive(Parser)]
#[command(name = "cargo xtask bench peers --", about = "Our engine beside others", long_about = None)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Instead: what one event with a command line of 1 KiB to 1 MiB costs
    #[arg(long)]
    long: bool,
    /// Without the peers that judge rule by rule: sigma-rust and SQLite
    #[arg(long)]
    fast: bool,
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
    Ok(())
}

fn measure(arguments: &Arguments, components: &mut Components, product: &Product) -> Result<()> {
    let Arguments { options, long, fast } = arguments;
    if *long {
        return print_long(options, components, &product.with_long_events(&SIZES));
    }
    let mut contenders = indexed(components, product)?;
    table::print_product(product, &contenders);
    compare(options, product, &mut contenders);
    if !fast {
        println!("\na sample of the events, for peers that judge rule by rule:");
        let sample = product.sample(SAMPLE);
        let mut contenders = indexed(components, &sample)?;
        contenders.push(Box::new(sigma_rust::SigmaRust::load(&sample)?));
        contenders.push(Box::new(sqlite::Sqlite::load(&sample)?));
        table::print_product(&sample, &contenders);
        compare(options, &sample, &mut contenders);
    }
    Ok(())
}

/// Ours, in the sandbox and linked, and the peer that has an index as well.
fn indexed(components: &mut Components, product: &Product) -> Result<Vec<Box<dyn Contender>>> {
    Ok(vec![
        Box::new(Component::load(components, product)?),
        Box::new(Native::load(product)?),
        Box::new(rsigma::Rsigma::load(product)?),
    ])
}

/// The first two contenders are ours.
fn compare(options: &Options, product: &Product, contenders: &mut [Box<dyn Contender>]) {
    table::print_head();
    for rows in &options.batch {
        let timings = measure::alternate(contenders, product.events.len(), *rows, options.spend());
        for (contender, timing) in contenders.iter().zip(&timings) {
            table::print_timing(contender.name(), *rows, timing, product);
        }
        table::print_slowdown(&product.name, *rows, &timings[0], &timings[1]);
        for (contender, timing) in contenders.iter().zip(&timings).skip(2) {
            let peer = (contender.name(), timing);
            table::print_ratio(&product.name, *rows, &timings[0], peer);
        }
    }
}

fn print_long(options: &Options, components: &mut Components, product: &Product) -> Result<()> {
    let mut contenders = indexed(components, product)?;
    let timings = measure::alternate(&mut contenders, SIZES.len(), 1, options.spend());
    table::print_long(&product.name, &contenders, &timings);
    Ok(())
}
