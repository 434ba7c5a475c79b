//! What the operating system tells.

#[cfg(target_os = "linux")]
pub mod connector;
#[cfg(target_os = "linux")]
pub mod hash;
#[cfg(target_os = "linux")]
pub mod process;
pub mod sweep;
pub mod users;
