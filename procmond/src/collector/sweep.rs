//! All processes now and then: what ran before the sensor, what nobody told of, and what changes all
//! the time. From /proc on Linux, so that sweeps and the kernel's events tell the same identity, and
//! from sysinfo elsewhere.

#[cfg(target_os = "linux")]
pub mod linux;
pub mod portable;

#[cfg(target_os = "linux")]
pub use linux::Sweep;
#[cfg(not(target_os = "linux"))]
pub use portable::Sweep;
