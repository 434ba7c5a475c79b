//! The rule as a library.

use daemoneye_bench_guest::NetworkShell;
use daemoneye_bus::event::Batch;
use daemoneye_sdk::rule::{Opened, Plugin};

use super::Hosting;

/// Loading a library takes `unsafe`, which this project forbids, but what the call costs is not the
/// loading: the host does not see through this pointer any more than through one from `dlsym`.
type Judge = Box<dyn Fn(&Opened) -> usize>;

/// Columns in, findings out, in the same address space.
pub struct Native {
    names: Vec<String>,
    judge: Judge,
    columns: Option<Opened>,
}

impl Default for Native {
    fn default() -> Self {
        let plugin = Plugin::default().with::<NetworkShell>();
        let names = plugin.declaration().columns;
        let judge: Judge = Box::new(move |columns: &Opened| {
            let candidates = plugin.candidates(columns);
            let verdicts = candidates.iter().map(|candidate| plugin.evaluate(columns, candidate));
            verdicts.map(|verdict| verdict.findings.len()).sum()
        });
        Native { names, judge: std::hint::black_box(judge), columns: None }
    }
}

impl Hosting for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn take(&mut self, batch: &Batch) {
        self.columns = Some(daemoneye_native::columns(batch, &self.names).into());
    }

    fn judge(&mut self) -> usize {
        (self.judge)(self.columns.as_ref().expect("a batch was taken"))
    }
}
