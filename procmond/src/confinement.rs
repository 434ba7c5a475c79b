//! Holds the sensor to what it needs, so that whoever takes it over can do little with it.
//!
//! ```text
//! begin    at the start, so for all threads: no privileges gained, few system calls
//! settle   threads that look: two capabilities; nothing in the file system is changed
//! speak    threads that speak: no capability; Landlock: the sensor's own directories
//! seal     the same for the first thread, when it has started those that look; then a proof
//! ```
//!
//! Invariant: together the threads can open no network socket, start no process and write only the
//! sensor's own directories.
//!
//! Landlock is not for those that look: inside it the kernel shows no program and no directory of a
//! process outside it, since that is what it asks of a tracer (`security/landlock/task.c`).

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod portable;
#[cfg(target_os = "linux")]
mod proof;

#[cfg(target_os = "linux")]
use linux::Lack;

#[cfg(target_os = "linux")]
pub use linux::{Confinement, sees_others, settle};
#[cfg(not(target_os = "linux"))]
pub use portable::{Confinement, settle};
