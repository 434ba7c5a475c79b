//! `wit/current.wit` for every plugin with rules: its scan, kept from one call to the next.

use std::any::Any;
use std::cell::RefCell;

use crate::bindings::rule_plugin::exports::daemoneye::plugin::current::Guest;
use crate::rules::{self, Batch, Candidate, GuestScan, Verdict};

thread_local! {
    /// The scan of the current batch.
    static CURRENT: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
}

impl<P: rules::Guest> Guest for P {
    fn open(batch: Batch) -> Vec<Candidate> {
        // The one before may have something to hand on to the next.
        Self::close();
        let scan = P::Scan::new(batch);
        let candidates = scan.candidates();
        CURRENT.set(Some(Box::new(scan)));
        candidates
    }

    fn evaluate(candidate: Candidate, steps: u64) -> Verdict {
        CURRENT.with_borrow(|current| {
            let scan = current.as_ref().and_then(|scan| scan.downcast_ref::<P::Scan>());
            scan.expect("the agent opens a batch first").evaluate(candidate, steps)
        })
    }

    fn close() {
        drop(CURRENT.take());
    }
}
