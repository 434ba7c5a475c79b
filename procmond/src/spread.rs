//! The same work for many items, by as many threads as there are processors.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread::{self, available_parallelism};

/// Fewer items than this are not worth a thread.
const MIN_SHARE: usize = 512;

/// What the work makes of each item, in the order of the items. The thread that calls works, too.
pub fn spread<T: Send, R: Send>(mut items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let threads = available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(threads).max(MIN_SHARE);
    let work = |items: Vec<T>| items.into_iter().map(&work).collect::<Vec<R>>();
    thread::scope(|scope| {
        let mut others = Vec::with_capacity(threads);
        while items.len() > share {
            let last = items.split_off((items.len() - 1) / share * share);
            others.push(scope.spawn(move || work(last)));
        }
        let mut done = work(items);
        for other in others.into_iter().rev() {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_out_and_the_order_stays_whatever_the_number() {
        for count in [0, 1, MIN_SHARE, MIN_SHARE + 1, 10 * MIN_SHARE, 10 * MIN_SHARE + 7] {
            let done = spread((0..count).collect(), |item| item + 1);
            assert_eq!(done, (1..=count).collect::<Vec<_>>());
        }
    }
}
