//! What the operating system tells. Each way of asking it is a [`Collector`]; a further one is a file
//! here and a line in `sensor/senses.rs`.

#[cfg(target_os = "linux")]
pub mod connector;
#[cfg(target_os = "linux")]
pub mod hash;
#[cfg(target_os = "linux")]
pub mod network;
#[cfg(target_os = "linux")]
pub mod process;
pub mod sweep;
pub mod users;

use std::io;

/// One way of asking the operating system.
pub trait Collector: Send {
    /// What it sees.
    type Seen;

    /// Its name, in logs.
    fn name(&self) -> &'static str;

    /// What it can tell, as operators read it.
    fn capabilities(&self) -> &'static [&'static str];

    /// Everything that is there now.
    ///
    /// # Errors
    /// If the operating system does not tell at all. What can be seen in part is no error.
    fn collect_all(&mut self) -> io::Result<Vec<Self::Seen>>;

    /// What there is now of this process; empty if it is gone.
    ///
    /// # Errors
    /// As for [`Collector::collect_all`].
    fn collect_one(&mut self, pid: u32) -> io::Result<Vec<Self::Seen>>;

    /// Whether it sees all that it should.
    fn health(&self) -> Health;
}

/// How a collector is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It sees all that it should.
    Good,
    /// It sees less, and why.
    Degraded(String),
}
