//! How loading is watched: time, memory, and which rules are taken.

use std::fmt;
use std::time::{Duration, Instant};

use crate::corpus::{Product, Rule};
use crate::memory::Peak;

/// What became of a contender's rules.
#[derive(Debug, Clone, Default)]
pub struct Loading {
    /// Rules that it took.
    pub loaded: usize,
    /// The id of each rule that it did not take, and why.
    pub refused: Vec<(String, String)>,
    /// From their text to readiness.
    pub took: Duration,
    /// Of which for reading their text.
    pub compiling: Duration,
    /// Bytes by which the process was larger at its largest than before, where the system tells.
    pub peak: Option<u64>,
}

/// Watches a contender load, from its start on.
pub struct Watch {
    started: Instant,
    memory: Peak,
    loading: Loading,
}

impl Default for Watch {
    fn default() -> Self {
        let memory = Peak::watch();
        Watch { started: Instant::now(), memory, loading: Loading::default() }
    }
}

impl Watch {
    /// The rules of a product whose text the contender takes, with their numbers in the product.
    pub fn take<T, E: fmt::Display>(
        &mut self,
        product: &Product,
        mut read: impl FnMut(&Rule) -> Result<T, E>,
    ) -> Vec<(usize, T)> {
        let mut taken = Vec::new();
        for (number, rule) in product.rules.iter().enumerate() {
            match read(rule) {
                Ok(rule) => taken.push((number, rule)),
                Err(wrong) => self.refuse(&rule.id, &wrong),
            }
        }
        self.compiled();
        taken
    }

    /// A rule was refused.
    pub fn refuse(&mut self, rule: &str, reason: &impl fmt::Display) {
        self.loading.refused.push((rule.to_owned(), reason.to_string()));
    }

    /// The text of all rules has been read.
    pub fn compiled(&mut self) {
        self.loading.compiling = self.started.elapsed();
    }

    /// The contender is ready to judge by so many rules.
    pub fn ready(self, loaded: usize) -> Loading {
        let Watch { started, memory, loading } = self;
        Loading { loaded, took: started.elapsed(), peak: memory.growth(), ..loading }
    }
}

impl fmt::Display for Loading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (took, compiling) = (self.took.as_secs_f64() * 1e3, self.compiling.as_secs_f64() * 1e3);
        write!(f, "{took:.0} ms, of which {compiling:.0} ms compiling")?;
        let Some(peak) = self.peak else { return Ok(()) };
        write!(f, ", peak RSS + {:.1} MiB", peak as f64 / f64::from(1 << 20))
    }
}
