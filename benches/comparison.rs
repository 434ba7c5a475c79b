//! What the bench of the engine and that of its peers do alike.

use crate::contender::{Components, Contender, ContenderError};
use crate::corpus::{Product, ReadError, SIZES};
use crate::measure::{Timing, alternate};
use crate::options::{Options, plugins};
use crate::table;

/// Has each product of the corpus measured that was asked for.
///
/// # Errors
/// If the corpus cannot be read, the components are not built, or measuring fails.
pub fn each_product<E>(
    options: &Options,
    mut measure: impl FnMut(&mut Components, &Product) -> Result<(), E>,
) -> Result<(), E>
where
    E: From<ContenderError> + From<ReadError>,
{
    table::print_files(&options.files());
    let mut components = Components::compile(&plugins())?;
    for product in options.corpus()?.products() {
        if !options.wants(&product.name) {
            continue;
        }
        let distinct = options.distinct.then(|| product.with_distinct_events()).transpose()?;
        measure(&mut components, distinct.as_ref().unwrap_or(&product))?;
    }
    Ok(())
}

/// Prints what the contenders make of all events of a product, by size of batch. The first two are
/// ours: in the sandbox, and linked.
pub fn print_all(options: &Options, product: &Product, contenders: &mut [Box<dyn Contender>]) {
    table::print_product(product, contenders);
    table::print_head();
    for rows in &options.batch {
        let before = contenders[0].known_again();
        let timings = alternate(contenders, product.events.len(), *rows, options.spend());
        for (contender, timing) in contenders.iter().zip(&timings) {
            table::print_timing(contender.name(), *rows, timing, product);
        }
        table::print_known(contenders[0].known_again() - before, &timings[0]);
        print_ratios(product, *rows, contenders, &timings);
    }
}

fn print_ratios(
    product: &Product,
    rows: usize,
    contenders: &[Box<dyn Contender>],
    timings: &[Timing],
) {
    table::print_slowdown(&product.name, rows, &timings[0], &timings[1]);
    for (contender, timing) in contenders.iter().zip(timings).skip(2) {
        table::print_ratio(&product.name, rows, &timings[0], (contender.name(), timing));
    }
}

/// Prints what one event with a long command line costs, by its length; the product has those events
/// and no others.
pub fn print_long(options: &Options, product: &Product, contenders: &mut [Box<dyn Contender>]) {
    let timings = alternate(contenders, SIZES.len(), 1, options.spend());
    table::print_long(&product.name, contenders, &timings);
}
