//! Promise: thousands of public rules inside the sandbox, at most 1.6 times the time of the same
//! plan run natively, with the verdicts of sqlite3.
#![expect(clippy::print_stdout, reason = "a bench reports there")]

mod load;
mod scale;

use anyhow::Result;
use clap::Parser;
use daemoneye_benches::contender::{Component, Components, Contender, Native};
use daemoneye_benches::corpus::{Product, SIZES};
use daemoneye_benches::options::Options;
use daemoneye_benches::{comparison, memory};

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
    comparison::each_product(&arguments.options, |components, product| {
        measure(&arguments, components, product)
    })?;
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
        comparison::print_all(
            options,
            product,
            &mut contenders(components, product, options.distinct)?,
        );
        return Ok(());
    }
    if options.product.is_empty() && product.name != "windows" {
        return Ok(());
    }
    if *scale {
        scale::print(options, components, product)?;
    }
    if *long {
        let product = product.with_long_events(&SIZES);
        comparison::print_long(options, &product, &mut contenders(components, &product, true)?);
    }
    if *load {
        load::print(components, product)?;
    }
    Ok(())
}

/// `forgets`: whether the agent knows events of one round again in the next.
fn contenders(
    components: &mut Components,
    product: &Product,
    forgets: bool,
) -> Result<Vec<Box<dyn Contender>>> {
    let component = Component::load(components, product)?.forgetting(forgets);
    Ok(vec![Box::new(component), Box::new(Native::load(product)?)])
}
