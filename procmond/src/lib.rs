//! The sensor. The rooms, in the order in which an observation visits them:
//!
//! ```text
//! collector    what the operating system tells
//!   connector    each fork, exec, exit and change, from the kernel (Linux)
//!   process      one process, read from /proc at once (Linux)
//!   sweep        all processes now and then: reconciles
//!   network      connections and open ports now and then (Linux)
//!   hash         what runs, by its bytes
//! observation  what a collector saw
//! redaction    secrets in command lines become marks, before anything is remembered
//! lifecycle    observations -> events; decides, without I/O and without a clock
//! sensor       joins them; one thread
//! confinement  no more power than that takes
//! outbox       events that wait for the disk, bounded
//! journal      events -> batches -> write-ahead log and ledger; kept until acknowledged
//! state        the directory of both
//! publish      batches -> the agent
//! session      the agent's collector: register, begin, heartbeat, orders, shut down
//! dials        what can be changed while it runs
//! clock        wall time and time since boot
//! spread       the same work for many items, by all processors
//! ```
//!
//! Invariant: nothing here speaks a network protocol.
//! Invariant: neither publishing nor the disk makes collecting wait; what does not fit is counted as
//! lost.

pub mod clock;
pub mod collector;
pub mod confinement;
pub mod dials;
pub mod journal;
pub mod lifecycle;
pub mod observation;
pub mod outbox;
pub mod publish;
pub mod redaction;
pub mod sensor;
pub mod session;
pub mod spread;
pub mod state;
