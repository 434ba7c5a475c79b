//! Our engine, in its sandbox and linked, beside other engines: same rules, same events, same run,
//! one thread.

#[cfg(feature = "platform")]
mod extism;
#[cfg(feature = "platform")]
mod platform;
mod rsigma;
mod sigma_rust;
mod sqlite;

use anyhow::Result;
use clap::Parser;
use daemoneye_benches::comparison;
use daemoneye_benches::contender::{Component, Components, Contender, Native};
use daemoneye_benches::corpus::{Product, SIZES};
use daemoneye_benches::options::Options;

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
    /// Instead: what one event costs a rule that is code, in our host, in wasmtime alone, in Extism
    #[cfg(feature = "platform")]
    #[arg(long)]
    platform: bool,
    /// Without the peers that judge rule by rule: sigma-rust and SQLite
    #[arg(long)]
    fast: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    #[cfg(feature = "platform")]
    if arguments.platform {
        return platform::print();
    }
    comparison::each_product(&arguments.options, |components, product| {
        measure(&arguments, components, product)
    })
}

fn measure(arguments: &Arguments, components: &mut Components, product: &Product) -> Result<()> {
    let Arguments { options, long, fast, .. } = arguments;
    if *long {
        let product = product.with_long_events(&SIZES);
        comparison::print_long(options, &product, &mut indexed(components, &product, true)?);
        return Ok(());
    }
    comparison::print_all(options, product, &mut indexed(components, product, options.distinct)?);
    if !fast {
        println!("\na sample of the events, for peers that judge rule by rule:");
        let sample = product.sample(SAMPLE);
        let mut contenders = indexed(components, &sample, options.distinct)?;
        contenders.push(Box::new(sigma_rust::SigmaRust::load(&sample)?));
        contenders.push(Box::new(sqlite::Sqlite::load(&sample)?));
        comparison::print_all(options, &sample, &mut contenders);
    }
    Ok(())
}

/// Ours, in the sandbox and linked, and the peer that has an index as well. `forgets`: whether the
/// agent knows events of one round again in the next.
fn indexed(
    components: &mut Components,
    product: &Product,
    forgets: bool,
) -> Result<Vec<Box<dyn Contender>>> {
    Ok(vec![
        Box::new(Component::load(components, product)?.forgetting(forgets)),
        Box::new(Native::load(product)?),
        Box::new(rsigma::Rsigma::load(product)?),
    ])
}
